import type { Contracts } from "../../chain/contracts.ts";

/** What the registry knows of a hot key. Times in Unix seconds. */
export type RegisteredKey = {
  /** Zero: nobody's. */
  readonly operator: string;
  readonly validFrom: bigint;
  readonly validUntil: bigint;
  readonly compromisedSince: bigint;
  /** 0: never reported as stolen. */
  readonly reportedAt: bigint;
};

/** Reads a hot key. By name, since contracts of ethers once had a `signer` of their own, and TypeChain leaves it out. */
export async function readKey({ operators }: Contracts, signerId: string): Promise<RegisteredKey> {
  return await operators.getFunction("signer").staticCall(signerId);
}
