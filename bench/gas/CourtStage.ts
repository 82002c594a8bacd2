import { ZeroAddress, ZeroHash, hexlify, id, keccak256, parseEther, type TransactionResponse } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { NetworkConnection } from "hardhat/types/network";

import { bareLeaf } from "../../src/protocol/answers.ts";
import { FilledBatch } from "../../src/protocol/filledBatch.ts";
import type { JobId, ModelId } from "../../src/protocol/ids.ts";
import { Ground, ModelClass } from "../../src/protocol/models.ts";
import { receiptId, type Receipt } from "../../src/protocol/receipts.ts";
import { SIGNER_POSSESSION, eoaSigner, type ReceiptSigner } from "../../src/protocol/signers.ts";
import { credenceDomain, type Domain } from "../../src/protocol/typedData.ts";
import { deployProtocol, type DeployedProtocol } from "../../test/setup/fixture.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** A penalty as high pays the fees of two rounds of the court's standard config. */
const COVERAGE = parseEther("400");
const REQUEST = hexlify(Uint8Array.from({ length: 100 }, (_, i) => i + 1));
const OUTPUT = "0x01020304";
/** As long as the address of a file in IPFS is. */
const EVIDENCE = `ipfs://${"b".repeat(59)}`;
const SALT = id("salt");
const MANIFEST = {
  name: "proxied",
  version: "1",
  uri: "https://model.example",
  artifactHash: ZeroHash,
  class: ModelClass.ProxiedApi,
  specHash: ZeroHash,
  weightsRoot: ZeroHash,
  preprocessHash: ZeroHash,
};
const POLICY = {
  challengeWindow: DAY,
  minCoverage: COVERAGE,
  penaltyBps: 10_000,
  grounds: Ground.Judgement,
  courtConfig: 0,
  proofVerifier: ZeroAddress,
  proofKey: ZeroHash,
  privateInput: false,
  royaltyBps: 0,
  royaltyTo: ZeroAddress,
};

/** A ballot's choice, as the court counts it. */
export const Choice = { AtFault: 1, NotAtFault: 2 } as const;

/** A case on one answer: its id is the receipt's. */
export type OpenedCase = { readonly receipt: Receipt; readonly caseId: string };

/**
 * A deployed protocol with an operator of a model that the court judges, not enrolled, and somebody who opens cases. Each
 * step of a case is a method that returns the gas of its transaction; time is the caller's.
 */
export class CourtStage {
  readonly protocol: DeployedProtocol;
  readonly #connection: NetworkConnection;
  readonly #domain: Domain;
  readonly #modelId: ModelId;
  readonly #operator: HardhatEthersSigner;
  readonly #opener: HardhatEthersSigner;
  readonly #anybody: HardhatEthersSigner;
  readonly #beneficiary: HardhatEthersSigner;
  /** Accounts without a part in this. */
  readonly others: readonly HardhatEthersSigner[];
  readonly #key: ReceiptSigner;
  #jobs = 0;

  private constructor(
    connection: NetworkConnection,
    protocol: DeployedProtocol,
    domain: Domain,
    modelId: ModelId,
    key: ReceiptSigner,
  ) {
    const [operator, , opener, anybody, beneficiary, ...others] = protocol.others;
    this.#connection = connection;
    this.protocol = protocol;
    this.#domain = domain;
    this.#modelId = modelId;
    this.#key = key;
    this.#operator = operator!;
    this.#opener = opener!;
    this.#anybody = anybody!;
    this.#beneficiary = beneficiary!;
    this.others = others;
  }

  static async open(connection: NetworkConnection): Promise<CourtStage> {
    const protocol = await deployProtocol(connection);
    const { token, vault, operators, models, attestations, disputes, deployer, others } = protocol;
    const [operator, hot, opener] = others as [HardhatEthersSigner, HardhatEthersSigner, HardhatEthersSigner];
    const { chainId } = await connection.ethers.provider.getNetwork();
    await token.connect(deployer).transfer(operator, parseEther("500000"));
    await token.connect(operator).approve(vault, connection.ethers.MaxUint256);
    await token.connect(deployer).transfer(opener, parseEther("500000"));
    await token.connect(opener).approve(disputes, connection.ethers.MaxUint256);

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

    await models.connect(deployer).publishModel(MANIFEST, POLICY, [], []);
    const modelId = (await models.modelIdOf(deployer, MANIFEST, POLICY)) as ModelId;
    const domain = credenceDomain(chainId, await attestations.getAddress());
    return new CourtStage(connection, protocol, domain, modelId, key);
  }

  /** A published answer, dated at the first seconds of the next hour: dates are calldata, and calldata is gas. */
  async publish(): Promise<Receipt> {
    const { attestations } = this.protocol;
    const { time } = this.#connection.networkHelpers;
    await time.increaseTo((Math.floor((await time.latest()) / HOUR) + 1) * HOUR + 60);
    const issuedAt = await time.latest();
    const receipt: Receipt = {
      operator: this.#operator.address,
      signerId: this.#key.signerId,
      modelId: this.#modelId,
      jobId: id(`job ${this.#jobs++}`) as JobId,
      inputHash: keccak256(REQUEST),
      outputHash: keccak256(OUTPUT),
      traceRoot: ZeroHash,
      beneficiary: this.#beneficiary.address,
      coverage: COVERAGE,
      issuedAt,
      anchorBy: issuedAt + DAY,
    };
    const filled = new FilledBatch(this.#domain, [receipt], { anchorBy: receipt.anchorBy, dataURI: EVIDENCE });
    await attestations.connect(this.#operator).anchor(filled.batch, "0x");
    await attestations.connect(this.#anybody).publish(filled.leaf(0), REQUEST, OUTPUT);
    return receipt;
  }

  caseOn(receipt: Receipt): OpenedCase {
    return { receipt, caseId: receiptId(this.#domain, receipt) };
  }

  openCase({ receipt }: OpenedCase): Promise<number> {
    return this.#gasOf(this.protocol.disputes.connect(this.#opener).open(bareLeaf(receipt), "0x", "0x", EVIDENCE));
  }

  nameSeed({ caseId }: OpenedCase): Promise<number> {
    return this.#gasOf(this.protocol.court.connect(this.#anybody).nameSeed(caseId));
  }

  /** After the block that was named. */
  async fixSeed({ caseId }: OpenedCase): Promise<number> {
    await this.#connection.networkHelpers.mine(2);
    return this.#gasOf(this.protocol.court.connect(this.#anybody).fixSeed(caseId));
  }

  /** A first ballot, of the first round, without a note to oneself. */
  async commit({ caseId }: OpenedCase, juror: HardhatEthersSigner, choice: number): Promise<number> {
    const { court } = this.protocol;
    const hash = await court.commitHashOf(caseId, 0, juror, choice, SALT);
    return this.#gasOf(court.connect(juror).commit(caseId, juror, hash, "0x"));
  }

  reveal({ caseId }: OpenedCase, juror: HardhatEthersSigner, choice: number): Promise<number> {
    return this.#gasOf(this.protocol.court.connect(this.#anybody).reveal(caseId, juror, choice, SALT));
  }

  claim({ caseId }: OpenedCase, juror: HardhatEthersSigner): Promise<number> {
    return this.#gasOf(this.protocol.court.connect(this.#anybody).claim(caseId, 0, juror));
  }

  settle({ receipt }: OpenedCase): Promise<number> {
    return this.#gasOf(this.protocol.disputes.connect(this.#anybody).settle(receipt));
  }

  /** To the end of the phase that the case is in. */
  async nextPhase({ caseId }: OpenedCase): Promise<void> {
    const { deadline } = await this.protocol.court.caseOf(caseId);
    await this.#connection.networkHelpers.time.increaseTo(deadline);
  }

  async #gasOf(sent: Promise<TransactionResponse>): Promise<number> {
    const receipt = await (await sent).wait();
    return Number(receipt!.gasUsed);
  }
}
