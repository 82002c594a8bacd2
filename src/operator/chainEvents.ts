import type { Interface, Result } from "ethers";

import type { Contracts } from "../chain/contracts.ts";
import type { FollowedLog } from "../chain/follower.ts";

/** What is kept of an event; amounts as decimal text. */
export type Details = Readonly<Record<string, string | number | boolean>>;

/** Something that the followed chain says, and where. */
export type Fact = {
  block: number;
  blockHash: string;
  /** Of the log in its block. */
  index: number;
  transactionHash: string;
  /** Of the event. */
  name: string;
  /** Each in the event, or undefined. */
  operator: string | undefined;
  receiptId: string | undefined;
  gameId: string | undefined;
  batchId: string | undefined;
  details: Details;
};

type Reading = Partial<Pick<Fact, "operator" | "receiptId" | "gameId" | "batchId">> & { details?: Details };
type Readers = Readonly<Record<string, (args: Result) => Reading>>;

const text = (value: unknown): string => String(value);

const ATTESTATIONS: Readers = {
  BatchAnchored: ({ operator, batchId, root, count }) => ({
    operator: text(operator),
    batchId: text(batchId),
    details: { root: text(root), count: Number(count) },
  }),
  AnswerPublished: ({ operator, receiptId, batchId, locked, finalAt }) => ({
    operator: text(operator),
    receiptId: text(receiptId),
    details: { batchId: text(batchId), locked: text(locked), finalAt: Number(finalAt) },
  }),
  LockFilled: ({ receiptId, added }) => ({ receiptId: text(receiptId), details: { added: text(added) } }),
  ReceiptMerged: ({ receiptId, filled, freed }) => ({
    receiptId: text(receiptId),
    details: { filled: text(filled), freed: text(freed) },
  }),
  AnswerHeld: ({ receiptId, openCases }) => ({ receiptId: text(receiptId), details: { openCases: Number(openCases) } }),
  AnswerReleased: ({ receiptId, openCases, finalAt }) => ({
    receiptId: text(receiptId),
    details: { openCases: Number(openCases), finalAt: Number(finalAt) },
  }),
  AnswerSeized: ({ receiptId, taken }) => ({ receiptId: text(receiptId), details: { taken: text(taken) } }),
  AnswerDishonoured: ({ receiptId, missingCoverage }) => ({
    receiptId: text(receiptId),
    details: { missingCoverage: text(missingCoverage) },
  }),
};

const DISPUTES: Readers = {
  GameOpened: ({ gameId, receiptId, challenger, operator, bond }) => ({
    operator: text(operator),
    receiptId: text(receiptId),
    gameId: text(gameId),
    details: { challenger: text(challenger), bond: text(bond) },
  }),
  GameBondForfeited: ({ gameId, toOperator }) => ({ gameId: text(gameId), details: { toOperator: text(toOperator) } }),
  GameBondReturned: ({ gameId }) => ({ gameId: text(gameId) }),
  CaseOpened: ({ caseId, operator, opener }) => ({
    operator: text(operator),
    receiptId: text(caseId),
    details: { opener: text(opener) },
  }),
  CaseSettled: ({ caseId, toOperator }) => ({ receiptId: text(caseId), details: { toOperator: text(toOperator) } }),
  AnswerOverturned: ({ receiptId, operator, challenger, taken }) => ({
    operator: text(operator),
    receiptId: text(receiptId),
    details: { challenger: text(challenger), taken: text(taken) },
  }),
};

const REPLAY: Readers = {
  GameStarted: ({ gameId, receiptId, phase, deadline }) => ({
    gameId: text(gameId),
    receiptId: text(receiptId),
    details: { phase: Number(phase), deadline: Number(deadline) },
  }),
  TensorRootsPublished: ({ receiptId }) => ({ receiptId: text(receiptId) }),
  TensorChosen: ({ gameId, tensor, leaves, root, deadline }) => ({
    gameId: text(gameId),
    details: { tensor: Number(tensor), leaves: Number(leaves), root: text(root), deadline: Number(deadline) },
  }),
  ChildrenRevealed: ({ gameId, children, deadline }) => ({
    gameId: text(gameId),
    details: { children: (children as unknown[]).length, deadline: Number(deadline) },
  }),
  ChildPicked: ({ gameId, position, node, deadline }) => ({
    gameId: text(gameId),
    details: { position: Number(position), node: text(node), deadline: Number(deadline) },
  }),
  LeafRevealed: ({ gameId, deadline }) => ({ gameId: text(gameId), details: { deadline: Number(deadline) } }),
  ClockClaimed: ({ gameId, operatorLost }) => ({
    gameId: text(gameId),
    details: { operatorLost: operatorLost === true },
  }),
};

const OPERATORS: Readers = {
  ExposureCapSet: ({ operator, exposureCap, effectiveAt }) => ({
    operator: text(operator),
    details: { exposureCap: text(exposureCap), effectiveAt: Number(effectiveAt) },
  }),
  SignerRevocation: ({ operator, signerId, validUntil }) => ({
    operator: text(operator),
    details: { signerId: text(signerId), validUntil: Number(validUntil) },
  }),
  CompromiseReported: ({ operator, signerId, since }) => ({
    operator: text(operator),
    details: { signerId: text(signerId), since: Number(since) },
  }),
  OperatorRetired: ({ operator, bondFreeAt }) => ({
    operator: text(operator),
    details: { bondFreeAt: Number(bondFreeAt) },
  }),
  OperatorJailedUntil: ({ operator, from, until }) => ({
    operator: text(operator),
    details: { from: Number(from), until: Number(until) },
  }),
  OperatorTombstoned: ({ operator }) => ({ operator: text(operator) }),
  BondSeized: ({ operator, taken }) => ({ operator: text(operator), details: { taken: text(taken) } }),
  BondRestored: ({ operator, added }) => ({ operator: text(operator), details: { added: text(added) } }),
};

const MODELS: Readers = {
  ModelDeprecation: ({ modelId, deprecatedAt }) => ({
    details: { modelId: text(modelId), deprecatedAt: Number(deprecatedAt) },
  }),
};

/** Reads what the programs of an operator act on out of the logs of a deployment. */
export class ChainEvents {
  /** Whose logs are read. */
  readonly addresses: readonly string[];
  readonly #contracts = new Map<string, { abi: Interface; readers: Readers }>();

  constructor({ attestations, disputes, replay, operators, models }: Contracts) {
    const parts = [
      [attestations, ATTESTATIONS],
      [disputes, DISPUTES],
      [replay, REPLAY],
      [operators, OPERATORS],
      [models, MODELS],
    ] as const;
    for (const [{ target, interface: abi }, readers] of parts) {
      this.#contracts.set((target as string).toLowerCase(), { abi, readers }); // contractsOf gives addresses
    }
    this.addresses = [...this.#contracts.keys()];
  }

  /** Undefined for a log that nobody acts on. */
  read(log: FollowedLog): Fact | undefined {
    const contract = this.#contracts.get(log.address.toLowerCase());
    const event = contract?.abi.parseLog(log);
    if (contract === undefined || !event) return undefined;
    const reader = contract.readers[event.name];
    if (reader === undefined) return undefined;
    const { operator, receiptId, gameId, batchId, details = {} } = reader(event.args);
    const { blockNumber: block, blockHash, index, transactionHash } = log;
    const subjects = { operator, receiptId, gameId, batchId };
    return { block, blockHash, index, transactionHash, name: event.name, ...subjects, details };
  }
}
