import { lookup as lookUp, type LookupAddress, type LookupAllOptions } from "node:dns";
import { isIP } from "node:net";

import ipaddr from "ipaddr.js";
import { Agent } from "undici";

import { OperatorRefusedError } from "./operatorErrors.ts";

/** Whether an address is one of the public internet: not of this host, a private network, or a special purpose. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  return ipaddr.process(address).range() === "unicast"; // an IPv4 address in IPv6 clothes is judged as IPv4
}

/** @throws OperatorRefusedError `ADDRESS_REFUSED` for a URL whose host is written as an address that is not public. */
export function requirePublicHost({ hostname }: URL): void {
  const literal = hostname.replace(/^\[|\]$/gu, "");
  if (isIP(literal) !== 0 && !isPublicAddress(literal)) throw refused(literal);
}

type LookupDone = (error: Error | null, addresses: LookupAddress[] | string, family?: number) => void;

/** What is limited of each connection; `timeout` is that of connecting, milliseconds. */
export type AgentLimits = Omit<Agent.Options, "connect"> & { connect: { timeout: number } };

/**
 * An agent that connects to public addresses only. The address is judged when it is connected to, so that a name which
 * resolves to another one meanwhile is of no use.
 * @param resolve - how names are looked up.
 */
export function publicAgent(options: AgentLimits, resolve: typeof lookUp = lookUp): Agent {
  const lookup = (hostname: string, { all, ...rest }: LookupAllOptions, done: LookupDone): void => {
    resolve(hostname, { ...rest, all: true }, (error, addresses) => {
      if (error !== null) {
        done(error, []);
        return;
      }
      const hidden = addresses.find(({ address }) => !isPublicAddress(address));
      const [first] = addresses;
      if (hidden !== undefined || first === undefined) done(refused(hidden?.address ?? hostname), []);
      else if ((all as boolean | undefined) === true) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
  return new Agent({ ...options, connect: { ...options.connect, lookup: lookup as never } });
}

function refused(address: string): OperatorRefusedError {
  return new OperatorRefusedError("ADDRESS_REFUSED", `${address} is not an address of the public internet`);
}
