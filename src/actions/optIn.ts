import type { Signer } from "ethers";

import { send, translated } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { OPEN_ENDED } from "../protocol/operators.ts";

/**
 * Allows the two registries that an operator answers to, `OperatorRegistry` for its bond and `AttestationRegistry` for
 * its answers, to lock stake of the signer. One that is allowed already is left alone.
 * @throws ContractError if the vault refuses.
 * @example
 * await optIn(signer, deployment);
 */
export async function optIn(signer: Signer, deployment: Deployment): Promise<void> {
  const contracts = contractsOf(deployment, signer);
  const account = await signer.getAddress();
  for (const module of [deployment.operators, deployment.attestations]) {
    const until = await translated(contracts, () => contracts.vault.optedInUntil(account, module));
    if (until !== BigInt(OPEN_ENDED)) await send(contracts, contracts.vault.optIn, module);
  }
}
