import type { ContractTransactionReceipt, Signer } from "ethers";

import { send } from "../chain/calls.ts";
import { contractsOf, type Contracts } from "../chain/contracts.ts";
import { overturnedAnswer, type OverturnedAnswer } from "../chain/overturnedAnswer.ts";
import type { ProvableFault } from "../inference/faults.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { End } from "../protocol/games.ts";
import type { Receipt } from "../protocol/receipts.ts";

export type ProveFaultParameters = {
  /** Of the answer, which must be published. */
  receipt: Receipt;
  /** As `findFault` finds it. */
  fault: ProvableFault;
};

/**
 * Overturns an answer by arithmetic, in one transaction, by anybody; the signer is paid the bounty. Counts until the time
 * to contest is over, and as long as a case or game on the answer is open.
 * @throws ContractError for example `UnitHolds`, `TraceMismatch`, `LockInState`.
 * @example
 * const fault = findFault(model, { request, output, traceRoot: receipt.traceRoot }, { roots, tensors });
 * if (fault?.kind === "unit") await proveFault(challenger, deployment, { receipt, fault });
 */
export async function proveFault(
  signer: Signer,
  deployment: Deployment,
  { receipt, fault }: ProveFaultParameters,
): Promise<OverturnedAnswer> {
  const contracts = contractsOf(deployment, signer);
  return overturnedAnswer(contracts, await sendProof(contracts, receipt, fault));
}

async function sendProof(
  contracts: Contracts,
  receipt: Receipt,
  fault: ProvableFault,
): Promise<ContractTransactionReceipt> {
  const { replay } = contracts;
  const { trace } = fault;
  switch (fault.kind) {
    case "rootCount":
      return send(contracts, replay.proveRootCount, receipt, trace);
    case "end": {
      const end = fault.end === "request" ? End.Request : End.Output;
      return send(contracts, replay.proveEnd, receipt, trace, end, fault.shown);
    }
    case "unit":
      return send(contracts, replay.proveUnit, receipt, trace, fault.unit);
    case "padding":
      return send(contracts, replay.provePadding, receipt, trace, fault.tensor, fault.leaf, fault.proof);
    case "missingLeaf": {
      const { tensor, position, word, proof } = fault;
      return send(contracts, replay.proveMissingLeaf, receipt, trace, tensor, position, word, proof);
    }
  }
}
