// Preloaded into a peer: keeps its server on loopback and says where it listens. Not every peer has a setting for either.
const net = require('node:net');

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  this.once('listening', () => process.stdout.write(`listening on ${this.address().port}\n`));
  return listen.call(this, Number(port), '127.0.0.1', ...rest.filter((argument) => typeof argument === 'function'));
};
