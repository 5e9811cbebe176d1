/**
 * Preloaded (`node --require`) into every Node process of a run: names are looked up in the run's caching resolver, named
 * by KAFKA_BLUEGREEN_RESOLVER (host:port), and nowhere else. Addresses and localhost stay with the system.
 */
'use strict';
const dns = require('node:dns');
const { syncBuiltinESMExports } = require('node:module');
const { isIP } = require('node:net');

const server = process.env.KAFKA_BLUEGREEN_RESOLVER;
if (!server) throw new Error('KAFKA_BLUEGREEN_RESOLVER has to name the resolver of this run, as host:port.');

const resolver = new dns.promises.Resolver({ timeout: 2_000, tries: 2 });
resolver.setServers([server]);
const systemLookup = dns.lookup;
const systemLookupPromise = dns.promises.lookup;

/** What libuv calls getaddrinfo's failures. */
const ERRNO = { ENOTFOUND: -3008, EAI_AGAIN: -3001 };
/** What the resolver says of a name that has no address, or that it does not know; all else is worth another try. */
const ABSENT = ['ENOTFOUND', 'ENODATA', 'EREFUSED'];

function staysWithTheSystem(hostname) {
  return !hostname || isIP(hostname) !== 0 || /^(.+\.)?localhost\.?$/i.test(hostname);
}

function failure(code, hostname, cause) {
  const error = new Error(`getaddrinfo ${code} ${hostname}`, { cause });
  return Object.assign(error, { errno: ERRNO[code], code, syscall: 'getaddrinfo', hostname });
}

function wantsIPv6(options) {
  const family = typeof options === 'number' ? options : options?.family;
  return family === 6 || family === 'IPv6';
}

/** The names of a run have addresses of version 4 only. */
async function addressesOf(hostname, options) {
  if (wantsIPv6(options)) throw failure('ENOTFOUND', hostname);
  try {
    return (await resolver.resolve4(hostname)).map(address => ({ address, family: 4 }));
  } catch (error) {
    throw failure(ABSENT.includes(error.code) ? 'ENOTFOUND' : 'EAI_AGAIN', hostname, error);
  }
}

/** `callback` runs in a turn of its own, so that what it throws is its caller's and not a rejection here. */
async function answerLater(hostname, options, callback) {
  try {
    const found = await addressesOf(hostname, options);
    const [{ address, family }] = found;
    process.nextTick(callback, null, ...(options?.all ? [found] : [address, family]));
  } catch (error) {
    process.nextTick(callback, error);
  }
}

dns.lookup = function lookup(hostname, options, callback) {
  if (typeof options === 'function') return lookup(hostname, {}, options);
  if (staysWithTheSystem(hostname) || typeof callback !== 'function') return systemLookup(hostname, options, callback);
  void answerLater(hostname, options, callback);
  return {};
};

dns.promises.lookup = async function lookup(hostname, options) {
  if (staysWithTheSystem(hostname)) return systemLookupPromise(hostname, options);
  const found = await addressesOf(hostname, options);
  return options?.all ? found : found[0];
};

syncBuiltinESMExports();
