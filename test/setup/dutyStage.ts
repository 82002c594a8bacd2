import type { Signer } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import { anchorReceipt } from "../../src/actions/anchorReceipt.ts";
import type { DutySettings } from "../../src/operator/duty.ts";
import type { ReceiptId } from "../../src/protocol/ids.ts";
import type { Receipt, SignedReceipt } from "../../src/protocol/receipts.ts";
import type { IAttestationRegistry } from "../../typechain-types/contracts/attestations/AttestationRegistry.ts";
import { OUTPUT, REQUEST, operate, type Operation } from "./operation.ts";
import { OperatorDesk, deskChain } from "./operatorDesk.ts";

export type DutyStageOptions = {
  settings?: Partial<DutySettings>;
  /** Sends the desk's transactions; the operator's hot account if left out. */
  sender?: Signer;
  modelIds?: readonly string[];
};

/** One operator on a real chain, with a desk of its own. */
export class DutyStage {
  readonly connection: NetworkConnection;
  readonly operation: Operation;
  desk: OperatorDesk;
  #job = 0;

  private constructor(connection: NetworkConnection, operation: Operation) {
    this.connection = connection;
    this.operation = operation;
    this.desk = this.#sit({});
  }

  /** A new chain with a new desk. */
  static async open(): Promise<DutyStage> {
    const connection = await deskChain();
    return new DutyStage(connection, await connection.networkHelpers.loadFixture(operate));
  }

  /** Another desk with an empty journal. */
  async again(
    settings: Partial<DutySettings>,
    options: Omit<DutyStageOptions, "settings"> = {},
  ): Promise<OperatorDesk> {
    await this.desk.remove();
    return (this.desk = this.#sit({ ...options, settings }));
  }

  #sit({ settings = {}, sender, modelIds }: DutyStageOptions): OperatorDesk {
    const { deployment, domain, operator, key, hotAccount, modelId } = this.operation;
    const place = { ...{ deployment, domain, key }, operator: operator.address, modelIds: modelIds ?? [modelId] };
    const { provider } = this.connection.ethers;
    return new OperatorDesk({ ...place, provider }, { settings, signer: () => sender ?? hotAccount });
  }

  /** Signs a receipt dated now, and keeps it. */
  async keep(changes: Partial<Receipt> = {}, wantsFinal = false): Promise<{ id: ReceiptId; signed: SignedReceipt }> {
    const receipt = await this.operation.receipt(this.#job++, changes);
    return this.desk.keep(receipt, { request: REQUEST, output: OUTPUT, wantsFinal });
  }

  /** What a stranger does who was handed a receipt. */
  async anchoredByStranger(signed: SignedReceipt): Promise<void> {
    const { stranger, deployment } = this.operation;
    await anchorReceipt(stranger, deployment, { signed, request: REQUEST, output: OUTPUT });
  }

  /** Resolves when so many transactions wait for a block, with mining switched off. */
  async waiting(count: number): Promise<void> {
    const { provider } = this.connection.ethers;
    for (let looks = 0; looks < 400; looks++) {
      const pending = (await provider.send("eth_pendingTransactions", [])) as unknown[];
      if (pending.length >= count) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    await provider.send("evm_setAutomine", [true]);
    throw new Error(`no ${count} transactions came`);
  }

  async pass(seconds: number): Promise<void> {
    await this.connection.networkHelpers.time.increase(seconds);
  }

  async mine(blocks = 1): Promise<void> {
    await this.connection.networkHelpers.mine(blocks);
  }

  async answer(id: ReceiptId): Promise<IAttestationRegistry.AnswerViewStructOutput> {
    return this.operation.protocol.attestations.answer(id);
  }

  /** How many batches were anchored. */
  async anchored(): Promise<number> {
    const { attestations } = this.operation.protocol;
    return (await attestations.queryFilter(attestations.filters.BatchAnchored())).length;
  }

  /** What answers of the operator have locked. */
  async locked(): Promise<bigint> {
    const { protocol, deployment, operator } = this.operation;
    return protocol.vault.lockedBy(deployment.attestations, operator.address);
  }
}
