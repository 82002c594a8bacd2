import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";

import { expect } from "chai";
import { AbiCoder, Interface, ParamType, ZeroAddress, ZeroHash, concat, id, type JsonFragmentType } from "ethers";
import { artifacts } from "hardhat";

import { FatalError } from "../../../src/errors.ts";
import { LockState } from "../../../src/protocol/answers.ts";
import { ENUMS, SENTENCES } from "../../../src/protocol/errorSentences.ts";
import { ContractError, decodeError, describeError, formatTime } from "../../../src/protocol/errors.ts";
import { Ground, ModelClass } from "../../../src/protocol/models.ts";

type ErrorFragment = { name: string; inputs: readonly JsonFragmentType[] };

const CREDENCE = { decimals: 18, symbol: "CRED" };
const DAY = 86_400n;
const SOME_TIME = 1_800_000_000n; // 2027-01-15T08:00:00Z
const ADDRESS = "0x1111222233334444555566667777888899990000";

/** Every error that a contract of this package, or one it is deployed with, can revert with; by signature. */
async function allErrors(): Promise<Map<string, ErrorFragment>> {
  const errors = new Map<string, ErrorFragment>();
  for (const name of await artifacts.getAllFullyQualifiedNames()) {
    if (!name.startsWith("contracts/") && !name.startsWith("@openzeppelin/")) continue;
    const { abi } = await artifacts.readArtifact(name);
    for (const item of abi as readonly (ErrorFragment & { type: string })[]) {
      if (item.type === "error") errors.set(`${item.name}(${item.inputs.map(({ type }) => type).join()})`, item);
    }
  }
  return errors;
}

const sentencesOf = (name: string): string[] => {
  const entry = SENTENCES[name]!;
  return typeof entry === "string" ? [entry] : Object.values(entry.sentences);
};

const placesIn = (sentence: string): [string, string][] =>
  Array.from(sentence.matchAll(/\{(\w+):([\w.]+)\}/g), ([, name, form]) => [name!, form!]);

/** Which types of parameters a form can put into words. */
const FORMS: Record<string, RegExp> = {
  address: /^address$/,
  hash: /^bytes(4|32)$/,
  text: /^string$/,
  amount: /^uint\d+$/,
  time: /^uint\d+$/,
  duration: /^uint\d+$/,
  percent: /^uint\d+$/,
  number: /^u?int\d+$/,
  asAddress: /^uint256$/,
  asHash: /^uint256$/,
};

function revertDataOf(signature: string, values: unknown[]): string {
  const types = ParamType.from(`tuple${signature.slice(signature.indexOf("("))}`).components!;
  return concat([id(signature).slice(0, 10), AbiCoder.defaultAbiCoder().encode(types, values)]);
}

function sample({ type, internalType }: JsonFragmentType): unknown {
  if (internalType?.startsWith("enum ")) return 1n;
  if (type === "address") return ADDRESS;
  if (type === "bool") return true;
  if (type === "string") return "text";
  if (type === "bytes4") return "0x12345678";
  return type!.startsWith("bytes")
    ? id("something")
    : /^uint(8|16)$/.test(type!)
      ? 7n
      : type === "uint32"
        ? DAY
        : SOME_TIME;
}

describe("protocol/errors", () => {
  let errors: Map<string, ErrorFragment>;
  before(async () => {
    errors = await allErrors();
  });

  it("has a sentence for every error of every contract, and none for others", () => {
    expect(errors.size).to.be.greaterThan(100);
    const names = [...errors.values()].map(({ name }) => name);
    expect(Object.keys(SENTENCES)).to.have.members([...new Set(names)]);
    for (const [signature, { inputs }] of errors) {
      const data = revertDataOf(signature, inputs.map(sample));
      expect(decodeError(data)?.signature, signature).to.equal(signature);
      expect(describeError(data, CREDENCE), signature)
        .to.match(/^[^{}]+\.$/)
        .and.not.include("undefined");
      expect(describeError(data), signature).not.to.include("The contract refused with ");
    }
  });

  it("names every parameter in its sentence, in a form that fits its type", () => {
    for (const [signature, { name, inputs }] of errors) {
      const entry = SENTENCES[name]!;
      const mentioned = new Set(typeof entry === "string" ? [] : [entry.by]);
      for (const [parameter, form] of sentencesOf(name).flatMap(placesIn)) {
        const input = inputs.find((candidate) => candidate.name === parameter);
        expect(input, `${signature}: ${parameter}`).to.exist;
        mentioned.add(parameter);
        if (form in ENUMS) expect(input!.internalType, signature).to.match(new RegExp(`^enum (\\w+\\.)?${form}$`));
        else expect(input!.type, `${signature}: ${parameter}`).to.match(FORMS[form]!);
      }
      expect([...mentioned], signature).to.have.members(inputs.map((input) => input.name));
    }
  });

  it("has the members of every enum in the contracts' order, and a sentence for each fault", () => {
    const declared = new Map<string, string[]>(); // also by contract and name
    const taken = new Set<string>();
    for (const path of globSync("contracts/**/*.sol")) {
      const source = readFileSync(path, "utf8").replace(/\/\/.*/g, "");
      for (const [, name, members] of source.matchAll(/\benum (\w+) \{([^}]*)\}/g)) {
        const inOrder = members!
          .split(",")
          .map((member) => member.trim())
          .filter(Boolean);
        if (declared.has(name!)) taken.add(name!);
        declared.set(name!, inOrder);
        declared.set(`${basename(path, ".sol")}.${name!}`, inOrder);
      }
    }
    for (const [name, members] of Object.entries({ ...ENUMS, ModelClass })) {
      expect([...taken], "names of two enums").not.to.include(name);
      expect(Object.keys(members), name).to.deep.equal(declared.get(name));
      expect(Object.values(members), name).to.deep.equal(declared.get(name)!.map((_, i) => i));
    }
    const byMember = Object.entries(SENTENCES).flatMap(([name, entry]) =>
      typeof entry !== "string" && entry.members !== undefined ? [{ ...entry, name, members: entry.members }] : [],
    );
    const names = ["EndMismatch", "FaultAbsent", "GraphInvalid", "LockInState", "ReceiptVoid"];
    expect(byMember.map(({ name }) => name)).to.have.members(names);
    for (const { name, sentences, members } of byMember) {
      const faults = Object.keys(members).filter((member) => member !== "None");
      expect(Object.keys(sentences), name).to.have.members(faults);
    }
    expect(Ground).to.deep.equal({ Replay: 1, Judgement: 2 });
  });

  it("formats amounts, times, durations, rates, enums and hashes", () => {
    const cases: [string, unknown[], string][] = [
      [
        "StakeNotLockable(address,uint256,uint256)",
        [ADDRESS, 10n ** 18n, 25n * 10n ** 17n],
        "Account 0x111122…0000 has 1 CRED that can be locked, 2.5 CRED is needed.",
      ],
      [
        "AnchorByOutOfRange(uint256,uint256,uint256)",
        [SOME_TIME, SOME_TIME + 1n, 2n ** 40n - 1n],
        "The batch can be anchored before 2027-01-15T08:00:00Z, expected 2027-01-15T08:00:01Z to no end.",
      ],
      [
        "WindowOutOfBounds(uint256,uint256,uint256)",
        [DAY + 90n, 3_600n, 7n * DAY],
        "The window is 1 d 1 min 30 s, it must be from 1 h to 7 d.",
      ],
      [
        "PenaltyOutOfBounds(uint256,uint256,uint256)",
        [49_99n, 50_00n, 300_00n],
        "The penalty is 49.99 %, it must be from 50 % to 300 %.",
      ],
      [
        "LockInState(bytes32,uint8,uint8)",
        [ZeroHash, LockState.Held, LockState.InBucket],
        "A case or game holds answer 0x000000…0000: its lock is Held, expected InBucket.",
      ],
      [
        "ReceiptVoid(bytes32,uint8,uint256,uint256)",
        [ZeroHash, 1, 0n, BigInt(ADDRESS)],
        "Receipt 0x000000…0000 does not count: its operator is 0x000000…0000, the batch's 0x111122…0000.",
      ],
      ["HostedAlready(bytes32,bool)", [ZeroHash, false], "The operator does not host model 0x000000…0000."],
    ];
    for (const [signature, values, sentence] of cases) {
      expect(describeError(revertDataOf(signature, values), CREDENCE)).to.equal(sentence);
    }
    expect(describeError(revertDataOf("ActiveTooLow(uint256,uint256)", [5n, 7n]))).to.equal(
      "Only 5 is active, 7 was asked for.",
    );
    expect(formatTime(0)).to.equal("never");
  });

  it("finds revert data wherever a library puts it, and says what it can of the rest", () => {
    const data = revertDataOf("ZeroAmount()", []);
    for (const thrown of [{ data }, { info: { error: { data } } }, { data: "0x", cause: { data: { data } } }]) {
      expect(describeError(thrown)).to.equal("The amount is zero.");
    }
    const panic = new Interface(["error Panic(uint256)", "error Error(string)", "error Foreign(address)"]);
    expect(describeError(panic.encodeErrorResult("Panic", [17]))).to.equal("The contract failed with panic code 17.");
    expect(describeError(panic.encodeErrorResult("Error", ["no"]))).to.equal("The contract refused: no.");
    const foreign = panic.encodeErrorResult("Foreign", [ZeroAddress]);
    expect(describeError(foreign)).to.equal(
      `The contract refused with an error that is not of these contracts: ${foreign}.`,
    );
    expect(describeError("0x")).to.equal("The contract refused without a reason.");
    expect(describeError(`${id("ActiveTooLow(uint256,uint256)").slice(0, 10)}00`)).to.include("not of these contracts");
    expect(describeError(new Error("connection lost"))).to.equal("connection lost");
    expect(describeError(Object.assign(new Error("long"), { shortMessage: "short" }))).to.equal("short");
    expect(describeError(new FatalError("CODE", "said before"))).to.equal("said before");
  });

  it("keeps name and parameters for programs", () => {
    const description = decodeError(revertDataOf("ActiveTooLow(uint256,uint256)", [5n, 7n]))!;
    const error = new ContractError(description, { decimals: 0, symbol: "CRED" });
    expect(error).to.be.instanceOf(FatalError);
    expect(error.code).to.equal("ActiveTooLow");
    expect(error.parameters).to.deep.equal({ actual: 5n, required: 7n });
    expect(error.message).to.equal("Only 5 CRED is active, 7 CRED was asked for.");
  });
});
