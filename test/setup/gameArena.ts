import { hexlify, keccak256, parseEther, type Signer } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import { hostModel } from "../../src/actions/hostModel.ts";
import { openGame } from "../../src/actions/openGame.ts";
import { publishModel } from "../../src/actions/publishModel.ts";
import { commitTrace } from "../../src/inference/commitments.ts";
import { evaluate } from "../../src/inference/evaluate.ts";
import { Dtype, OpCode, Rounding, hashSpec, type GraphSpec } from "../../src/inference/spec.ts";
import { encodeTensor } from "../../src/inference/tensor.ts";
import type { DutySettings } from "../../src/operator/duty.ts";
import type { KeptTrace } from "../../src/operator/models/packTrace.ts";
import { bareLeaf } from "../../src/protocol/answers.ts";
import type { ModelId, ReceiptId } from "../../src/protocol/ids.ts";
import type { Receipt, SignedReceipt } from "../../src/protocol/receipts.ts";
import { MANIFEST, POLICY, operate, type Operation } from "./operation.ts";
import { OperatorDesk, deskChain } from "./operatorDesk.ts";

/** 64 leaves: two moves that open 16 and 4 children, and one that opens the leaf. */
const ROWS = 65_536;
/** Of ignition/parameters/localhost.json5. */
export const GAME_BOND = parseEther("50");

export const DEEP: GraphSpec = {
  tensors: [
    { dtype: Dtype.I8, length: 4 },
    { dtype: Dtype.I8, length: ROWS },
  ],
  ops: [{ code: OpCode.DENSE, rounding: Rounding.FLOOR, input: 0, rows: ROWS, k: 4, zero: 0, lo: -128n, hi: 127n }],
};

/** What the operator computed, right as far as anybody can tell: its weights are its own. */
function run(request: Int8Array): { request: Uint8Array; output: Uint8Array; traceRoot: string; trace: KeptTrace } {
  const weights = {
    values: Int8Array.from({ length: 4 * ROWS }, (_, i) => (i % 7) - 3),
    mult: new BigInt64Array(ROWS).fill(1n),
    bias: new BigInt64Array(ROWS),
    shift: new Int8Array(ROWS),
  };
  const tensors = evaluate(DEEP, [weights], request);
  const { traceRoot, tensorRoots } = commitTrace(DEEP, tensors);
  const bytes = tensors.map((data, number) => encodeTensor(DEEP.tensors[number]!, data));
  const trace = { roots: [...tensorRoots], tensors: bytes.map((tensor) => hexlify(tensor)) };
  return { request: bytes[0]!, output: bytes.at(-1)!, traceRoot, trace };
}

/** What the model makes of one request. */
export const COMPUTED = run(Int8Array.of(1, -2, 3, 4));

type Ground = Operation & { deep: ModelId; challenger: Signer & { address: string } };

async function prepare(connection: NetworkConnection): Promise<Ground> {
  const operation = await operate(connection);
  const { publisher, operator, deployment, beneficiary, protocol } = operation;
  const manifest = { ...MANIFEST, name: "deep", specHash: hashSpec(DEEP) };
  const policy = { ...POLICY, privateInput: true };
  const deep = await publishModel(publisher, deployment, { manifest, policy, spec: DEEP });
  await hostModel(operator, deployment, { modelId: deep });
  await protocol.token.transfer(beneficiary.address, 10n * GAME_BOND);
  return { ...operation, deep, challenger: beneficiary };
}

/** An operator with a model whose answers take a whole game, and a challenger with money for ten. */
export class GameArena {
  readonly connection: NetworkConnection;
  readonly ground: Ground;
  desk: OperatorDesk;
  #job = 0;

  private constructor(connection: NetworkConnection, ground: Ground) {
    this.connection = connection;
    this.ground = ground;
    this.desk = this.sit();
  }

  static async open(): Promise<GameArena> {
    const connection = await deskChain();
    return new GameArena(connection, await connection.networkHelpers.loadFixture(prepare));
  }

  /** @param folder Of a desk that was closed; an empty journal if left out. */
  sit(settings: Partial<DutySettings> = {}, folder?: string): OperatorDesk {
    const { deployment, domain, operator, key, hotAccount, deep } = this.ground;
    const place = { ...{ deployment, domain, key }, operator: operator.address, modelIds: [deep] };
    const options = { settings: { batchSize: 1, ...settings }, signer: (): Signer => hotAccount };
    const { provider } = this.connection.ethers;
    return new OperatorDesk({ ...place, provider }, folder === undefined ? options : { ...options, folder });
  }

  /** Signs a right answer and keeps it, with its trace unless it is to be without. */
  async keep(
    changes: Partial<Receipt> = {},
    { wantsFinal = true, trace = COMPUTED.trace }: { wantsFinal?: boolean; trace?: KeptTrace | null } = {},
  ): Promise<{ id: ReceiptId; signed: SignedReceipt }> {
    const { request, output, traceRoot } = COMPUTED;
    const [inputHash, outputHash] = [keccak256(request), keccak256(output)];
    const answered = { modelId: this.ground.deep, inputHash, outputHash, traceRoot, ...changes };
    const receipt = await this.ground.receipt(this.#job++, answered);
    return this.desk.keep(receipt, { request, output, wantsFinal, ...(trace && { trace }) });
  }

  async contest(receipt: Receipt): Promise<bigint> {
    const { challenger, deployment } = this.ground;
    return (await openGame(challenger, deployment, { leaf: bareLeaf(receipt) })).gameId;
  }

  /** Anchors, publishes and follows that. */
  async rest(): Promise<void> {
    await this.desk.rest();
    await this.desk.step();
  }

  async passTo(time: number | bigint): Promise<void> {
    await this.connection.networkHelpers.time.increaseTo(time);
  }

  async pass(seconds: number): Promise<void> {
    await this.connection.networkHelpers.time.increase(seconds);
  }
}
