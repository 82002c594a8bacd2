import { AbiCoder, keccak256 } from "ethers";

import type { JobId, ModelId } from "./ids.ts";

export type JobIdParameters = {
  /** Who asks. */
  requester: string;
  /** Told apart from the requester's other questions by this number; asking the same again needs another. */
  nonce: bigint;
  modelId: ModelId;
  /** keccak256 of the request bytes. */
  inputHash: string;
};

/** The id of one question. An operator that answers it differently a second time loses its standing bond. */
export function jobId({ requester, nonce, modelId, inputHash }: JobIdParameters): JobId {
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["address", "uint256", "bytes32", "bytes32"],
      [requester, nonce, modelId, inputHash],
    ),
  ) as JobId;
}
