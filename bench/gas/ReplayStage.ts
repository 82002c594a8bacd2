import { ZeroAddress, ZeroHash, hexlify, id, keccak256, parseEther, type TransactionResponse } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { NetworkConnection } from "hardhat/types/network";

import { commitTrace } from "../../src/inference/commitments.ts";
import { evaluate, evaluateOp } from "../../src/inference/evaluate.ts";
import { WeightsTree, tensorTree, traceOf, unitOf, type Trace, type Unit } from "../../src/inference/proofs.ts";
import { hashSpec, type GraphSpec } from "../../src/inference/spec.ts";
import { encodeTensor, type TensorData } from "../../src/inference/tensor.ts";
import type { DenseWeights } from "../../src/inference/weights.ts";
import { bareLeaf } from "../../src/protocol/answers.ts";
import { FilledBatch } from "../../src/protocol/filledBatch.ts";
import type { JobId, ModelId } from "../../src/protocol/ids.ts";
import { Ground, ModelClass } from "../../src/protocol/models.ts";
import type { Receipt } from "../../src/protocol/receipts.ts";
import { SIGNER_POSSESSION, eoaSigner, type ReceiptSigner } from "../../src/protocol/signers.ts";
import { credenceDomain, type Domain } from "../../src/protocol/typedData.ts";
import { deployProtocol, type DeployedProtocol } from "../../test/setup/fixture.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;
const COVERAGE = parseEther("10");
const POLICY = {
  challengeWindow: DAY,
  minCoverage: COVERAGE,
  penaltyBps: 10_000,
  grounds: Ground.Replay,
  courtConfig: 0,
  proofVerifier: ZeroAddress,
  proofKey: ZeroHash,
  privateInput: false,
  royaltyBps: 0,
  royaltyTo: ZeroAddress,
};

export type Network = { readonly spec: GraphSpec; readonly weights: readonly DenseWeights[] };

/** A published answer with one element of tensor 1 too high, and all behind it computed from that. */
export type Lie = {
  readonly receipt: Receipt;
  readonly trace: Trace;
  /** The element, with all that it should have been computed from. */
  readonly unit: Unit;
  /** The leaf of tensor 1 with the element, as a game reveals it. */
  readonly leaf: Uint8Array;
};

/**
 * A deployed protocol with an operator, not enrolled, whose beneficiary and challenger have been paid before. Each move is
 * a method that returns the gas of its transaction; time is the caller's.
 */
export class ReplayStage {
  readonly #connection: NetworkConnection;
  readonly #protocol: DeployedProtocol;
  readonly #domain: Domain;
  readonly #key: ReceiptSigner;
  readonly #operator: HardhatEthersSigner;
  readonly #challenger: HardhatEthersSigner;
  readonly #anybody: HardhatEthersSigner;
  readonly #beneficiary: HardhatEthersSigner;
  #jobs = 0;

  private constructor(connection: NetworkConnection, protocol: DeployedProtocol, domain: Domain, key: ReceiptSigner) {
    const [operator, , challenger, anybody, beneficiary] = protocol.others;
    this.#connection = connection;
    this.#protocol = protocol;
    this.#domain = domain;
    this.#key = key;
    this.#operator = operator!;
    this.#challenger = challenger!;
    this.#anybody = anybody!;
    this.#beneficiary = beneficiary!;
  }

  static async open(connection: NetworkConnection): Promise<ReplayStage> {
    const protocol = await deployProtocol(connection);
    const { token, vault, operators, attestations, disputes, deployer, others } = protocol;
    const [operator, hot, challenger] = others as [HardhatEthersSigner, HardhatEthersSigner, HardhatEthersSigner];
    const { chainId } = await connection.ethers.provider.getNetwork();
    await token.connect(deployer).transfer(operator, parseEther("500000"));
    await token.connect(operator).approve(vault, connection.ethers.MaxUint256);
    await token.connect(deployer).transfer(challenger, parseEther("500000"));
    await token.connect(challenger).approve(disputes, connection.ethers.MaxUint256);

    await vault.connect(operator).stake(parseEther("400000"));
    await vault.connect(operator).optIn(operators);
    await vault.connect(operator).optIn(attestations);
    await operators.connect(operator).register("https://operator.example", parseEther("300000"));
    const key = await eoaSigner(hot);
    const { nonce } = await operators.operator(operator);
    const deadline = (await connection.networkHelpers.time.latest()) + HOUR;
    const possession = { operator: operator.address, signer: key.signer, nonce, deadline };
    const operatorDomain = credenceDomain(chainId, await operators.getAddress());
    const proof = await key.sign(operatorDomain, SIGNER_POSSESSION, possession);
    await operators.connect(operator).addSigner(key.signer, 0, deadline, proof);
    return new ReplayStage(connection, protocol, credenceDomain(chainId, await attestations.getAddress()), key);
  }

  /** Publishes a network as a model of its own, and one false answer of it. */
  async lie(network: Network, input: TensorData, row: number): Promise<Lie> {
    const weights = new WeightsTree(network.spec, network.weights);
    const modelId = await this.#publishModel(network.spec, weights.root);
    const tensors = falsify(network, input, row);
    const { tensorRoots, traceRoot } = commitTrace(network.spec, tensors);
    const [first, last] = [network.spec.tensors[0]!, network.spec.tensors.at(-1)!];
    const request = hexlify(encodeTensor(first, input));
    const output = hexlify(encodeTensor(last, tensors.at(-1)!));
    const receipt = await this.#publish({ modelId, request, output, traceRoot });
    const trees = [0, 1].map((number) => tensorTree(network.spec, number, tensors[number]!));
    const unit = unitOf(network.spec, weights, { op: 0, row, input: trees[0]!, output: trees[1]! });
    return { receipt, trace: traceOf(network.spec, tensorRoots), unit, leaf: trees[1]!.leaf(0) };
  }

  prove({ receipt, trace, unit }: Lie): Promise<number> {
    return this.#gasOf(this.#protocol.replay.connect(this.#challenger).proveUnit(receipt, trace, unit));
  }

  /** All moves of a game from its opening to the proof, and the bond back: gas by move. */
  async play({ receipt, trace, unit, leaf }: Lie): Promise<Record<string, number>> {
    const { replay } = this.#protocol;
    const [challenger, operator] = [replay.connect(this.#challenger), replay.connect(this.#operator)];
    const open = await this.#openGame(receipt);
    const gameId = await this.#lastGame();
    return {
      "open a game on a published leaf": open,
      "publish the roots": await this.#gasOf(operator.publishRoots(receipt, trace.roots)),
      "choose a tensor": await this.#gasOf(challenger.choose(gameId, receipt, trace, 1)),
      "reveal a leaf": await this.#gasOf(operator.revealLeaf(gameId, leaf)),
      "prove the unit": await this.#gasOf(challenger.proveUnit(receipt, trace, unit)),
      "withdraw the bond": await this.#gasOf(replay.connect(this.#anybody).withdrawBond(gameId)),
    };
  }

  /** A game in which the operator does not move: gas of what ends it. */
  async timeOut({ receipt }: Lie): Promise<number> {
    await this.#openGame(receipt);
    const { replay } = this.#protocol;
    await this.#connection.networkHelpers.time.increase(await replay.MOVE_WINDOW());
    return this.#gasOf(replay.connect(this.#anybody).claimTimeout(await this.#lastGame(), receipt));
  }

  /** Out of jail, and long after: the next fault is a first one again. */
  async pause(): Promise<void> {
    await this.#connection.networkHelpers.time.increase(100 * DAY);
  }

  #openGame(receipt: Receipt): Promise<number> {
    const { disputes } = this.#protocol;
    return this.#gasOf(disputes.connect(this.#challenger).openGame(bareLeaf(receipt), "0x", "0x"));
  }

  async #lastGame(): Promise<bigint> {
    const { disputes } = this.#protocol;
    return (await disputes.queryFilter(disputes.filters.GameOpened())).at(-1)!.args.gameId;
  }

  async #publishModel(spec: GraphSpec, weightsRoot: string): Promise<ModelId> {
    const { models, deployer } = this.#protocol;
    const manifest = {
      ...{ name: "bench", version: "1", uri: "ipfs://bench" },
      artifactHash: id("artifact"),
      class: ModelClass.OpenWeights,
      specHash: hashSpec(spec),
      weightsRoot,
      preprocessHash: ZeroHash,
    };
    await models.connect(deployer).publishModel(manifest, POLICY, [...spec.tensors], [...spec.ops]);
    return (await models.modelIdOf(deployer, manifest, POLICY)) as ModelId;
  }

  /** Dated at the first seconds of the next hour: dates are calldata, and calldata is gas. */
  async #publish(answer: { modelId: ModelId; request: string; output: string; traceRoot: string }): Promise<Receipt> {
    const { attestations } = this.#protocol;
    const { time } = this.#connection.networkHelpers;
    await time.increaseTo((Math.floor((await time.latest()) / HOUR) + 1) * HOUR + 60);
    const issuedAt = await time.latest();
    const receipt: Receipt = {
      operator: this.#operator.address,
      signerId: this.#key.signerId,
      modelId: answer.modelId,
      jobId: id(`job ${this.#jobs++}`) as JobId,
      inputHash: keccak256(answer.request),
      outputHash: keccak256(answer.output),
      traceRoot: answer.traceRoot,
      beneficiary: this.#beneficiary.address,
      coverage: COVERAGE,
      issuedAt,
      anchorBy: issuedAt + DAY,
    };
    const filled = new FilledBatch(this.#domain, [receipt], { anchorBy: receipt.anchorBy, dataURI: "" });
    await attestations.connect(this.#operator).anchor(filled.batch, "0x");
    await attestations.connect(this.#anybody).publish(filled.leaf(0), answer.request, answer.output);
    return receipt;
  }

  async #gasOf(sent: Promise<TransactionResponse>): Promise<number> {
    const receipt = await (await sent).wait();
    return Number(receipt!.gasUsed);
  }
}

/** All tensors, the row of tensor 1 off by one. */
function falsify({ spec, weights }: Network, input: TensorData, row: number): TensorData[] {
  const tensors = evaluate(spec, weights, input).slice(0, 2);
  const hidden = tensors[1]!;
  if (hidden instanceof BigInt64Array) hidden[row] = hidden[row]! + 1n;
  else hidden[row] = hidden[row]! > 0 ? hidden[row]! - 1 : hidden[row]! + 1;
  spec.ops.slice(1).forEach((op, i) => tensors.push(evaluateOp(spec, weights, i + 1, tensors[op.input]!)));
  return tensors;
}
