#include "options.h"
int verb_doctor(const struct verb *verb, const struct arguments *arguments){(void)arguments;return plain_error(verb->name,3,"not yet");}
