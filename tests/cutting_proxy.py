"""A TCP proxy in front of a server that cuts, stalls or pauses what the server sends, at a byte that a test chooses."""

import socket
import threading


class Proxy:
    """`behave(connection, sent)` is asked before bytes go to the client: connections count from 0, `sent` are the bytes
    so far. It gives how many more may pass before it is asked again, "cut" to close both ends, or "stall" to send
    nothing more; it may wait, too."""

    def __init__(self, port, behave):
        self.target = port
        self.behave = behave
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        self.open = []
        self.closed = False
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while not self.closed:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            number = self.connections
            self.connections += 1
            self.open += [client, server]
            threading.Thread(target=self.to_server, args=(client, server), daemon=True).start()
            threading.Thread(target=self.to_client, args=(number, client, server), daemon=True).start()

    @staticmethod
    def hang_up(*sockets):
        for each in sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()

    def to_server(self, client, server):
        try:
            while data := client.recv(65536):
                server.sendall(data)
        except OSError:
            pass
        self.hang_up(client, server)

    def to_client(self, number, client, server):
        sent = 0
        try:
            while data := server.recv(65536):
                while data:
                    may = self.behave(number, sent)
                    if may == "cut":
                        self.hang_up(client, server)
                        return
                    if may == "stall":
                        return  # both ends stay open
                    client.sendall(data[:may])
                    sent += min(may, len(data))
                    data = data[may:]
        except OSError:
            pass
        self.hang_up(client, server)

    def close(self):
        self.closed = True
        self.hang_up(self.listener, *self.open)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
