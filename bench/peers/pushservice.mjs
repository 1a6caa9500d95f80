// A push service that accepts everything at once, over TLS: HTTP/2, and HTTP/1.1 for senders that know no other.
// node pushservice.mjs SERVER_PEM; prints its port. It keeps up with every sender measured here: it is not what limits them.
import fs from 'node:fs';
import http2 from 'node:http2';

const pem = fs.readFileSync(process.argv[2]);
const settings = { maxConcurrentStreams: 1000, initialWindowSize: 1 << 20 };
const server = http2.createSecureServer({ key: pem, cert: pem, allowHTTP1: true, settings });
server.on('session', (session) => session.setLocalWindowSize(1 << 24));
server.on('stream', (stream) => {
  stream.respond({ ':status': 201 }, { endStream: true });
  stream.on('error', () => {});
  stream.resume();
});
server.on('request', (request, response) => {
  if (request.httpVersionMajor > 1) return; // answered above
  request.resume();
  request.on('end', () => { response.writeHead(201, { 'Content-Length': 0 }); response.end(); });
});
server.on('sessionError', () => {});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on('end', () => process.exit());
