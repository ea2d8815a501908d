#include "options.h"
int verb_list(const struct verb *verb, const struct arguments *arguments){(void)arguments;return plain_error(verb->name,3,"not yet");}
