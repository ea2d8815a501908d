// SPDX-License-Identifier: MIT
// A small service in Node.js: a socket and a pid file; stops at TERM.
"use strict";
const fs = require("fs");
const net = require("net");

const pidFile = "/run/probe/service.pid";
const server = net.createServer((connection) => connection.end("hello\n"));

process.on("SIGTERM", () => {
  server.close(() => {
    fs.rmSync(pidFile, { force: true });
    process.exit(0);
  });
});
fs.writeFileSync(pidFile, `${process.pid}\n`);
server.listen(8080, "127.0.0.1");
