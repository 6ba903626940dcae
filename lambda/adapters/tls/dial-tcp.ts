import { connect } from 'node:net';
import type { Dial } from './read-handshake.ts';

/** A plain TCP connection to an IP address: no name is looked up, no proxy is used. */
export const dialTcp: Dial = (address, port) => connect({ host: address, port });
