import { AbiCoder, ParamType, id, keccak256 } from "ethers";

import type { ModelId } from "./ids.ts";

/** What the publisher claims a signature proves, in rising order. */
export const ModelClass = {
  /** The pipe to a service, not the model behind it. */
  ProxiedApi: 0,
  /** A fixed model whose weights are not public. */
  SealedWeights: 1,
  /** A fixed model that anybody can run. */
  OpenWeights: 2,
} as const;
export type ModelClass = (typeof ModelClass)[keyof typeof ModelClass];

/** Why an answer is contested; as a bit in `Policy.grounds`. */
export const Ground = {
  /** Arithmetic decides. */
  Replay: 1,
  /** Token holders decide. */
  Judgement: 2,
} as const;
export type Ground = (typeof Ground)[keyof typeof Ground];

/** What was run. Hashes are 32 bytes in hex. */
export type Manifest = {
  name: string;
  version: string;
  uri: string;
  /** keccak256 of the artifact at `uri`. */
  artifactHash: string;
  class: ModelClass;
  /** Hash of the tensors and ops; zero without ground `Replay`. */
  specHash: string;
  /** Root of the weights; zero without ground `Replay`. */
  weightsRoot: string;
  /** Hash of the step from request to tensor 0; zero if the request is tensor 0. */
  preprocessHash: string;
};

/** How answers of a model may be contested, and what they cost. */
export type Policy = {
  /** Seconds from publication to finality. */
  challengeWindow: number;
  /** Least coverage of a receipt, in the stake token's smallest unit. */
  minCoverage: bigint;
  /** Penalty per coverage in basis points, 5,000 to 30,000. */
  penaltyBps: number;
  /** Bit mask of `Ground`. */
  grounds: number;
  /** Which of the court's configurations judges. */
  courtConfig: number;
  /** Verifier of validity proofs; zero for none. */
  proofVerifier: string;
  proofKey: string;
  /** Whether request and output are kept back when an answer is published. */
  privateInput: boolean;
  /** The publisher's share of a job's price in basis points, 0 to 2,000. */
  royaltyBps: number;
  royaltyTo: string;
};

const MODEL_KIND = id("Credence.Model");

const MANIFEST_TYPE = ParamType.from(
  "tuple(string name, string version, string uri, bytes32 artifactHash, uint8 class, bytes32 specHash, bytes32 weightsRoot, bytes32 preprocessHash)",
);

const POLICY_TYPE = ParamType.from(
  "tuple(uint32 challengeWindow, uint96 minCoverage, uint16 penaltyBps, uint8 grounds, uint16 courtConfig, address proofVerifier, bytes32 proofKey, bool privateInput, uint16 royaltyBps, address royaltyTo)",
);

export type ModelIdParameters = {
  chainId: bigint;
  modelRegistry: string;
  publisher: string;
  manifest: Manifest;
  policy: Policy;
};

/** The id under which `ModelRegistry` publishes a model: whatever changes makes another model. */
export function modelId({ chainId, modelRegistry, publisher, manifest, policy }: ModelIdParameters): ModelId {
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["bytes32", "uint256", "address", "address", MANIFEST_TYPE, POLICY_TYPE],
      [MODEL_KIND, chainId, modelRegistry, publisher, manifest, policy],
    ),
  ) as ModelId;
}
