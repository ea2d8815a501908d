#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A small service in Python: a socket, a worker thread, a pid file; stops at TERM."""
import os
import signal
import socket
import threading

PID_FILE = "/run/probe/service.pid"
stop = threading.Event()


def serve(listener):
    while not stop.is_set():
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.sendall(b"hello\n")


def main():
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    listener = socket.create_server(("127.0.0.1", 8080))
    with open(PID_FILE, "w", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")
    worker = threading.Thread(target=serve, args=[listener])
    worker.start()
    while not stop.is_set():
        os.read(wake_read, 1)
    listener.shutdown(socket.SHUT_RDWR)
    worker.join()
    os.unlink(PID_FILE)


main()
