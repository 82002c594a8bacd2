import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { Transaction, Wallet, id, verifyTypedData } from "ethers";

import { addressOfKey, openKey } from "../../../src/daemon/keys.ts";
import { keystoreAddress, openKeystore, writeKeystore } from "../../../src/daemon/keystore.ts";
import { FatalError, RetryableError } from "../../../src/errors.ts";
import { eoaSigner, verifySignature, encodeSignature } from "../../../src/protocol/signers.ts";
import { TypedStruct, credenceDomain } from "../../../src/protocol/typedData.ts";
import { startSigner, type SignerDialect, type SignerFault, type SignerService } from "../../setup/externalSigner.ts";

const wallet = new Wallet(id("key"));
const CHEAP = 2;
const TYPES = { Note: [{ name: "text", type: "string" }] };
const DOMAIN = { name: "Credence", version: "1", chainId: 31_337n };
const CALL = {
  to: Wallet.createRandom().address,
  data: "0x1234",
  value: 5n,
  nonce: 3,
  gasLimit: 90_000n,
  chainId: 31_337n,
};
const FEES = { type: 2, maxFeePerGas: 7n, maxPriorityFeePerGas: 1n };

async function errorOf(work: Promise<unknown>): Promise<Error & { code: string }> {
  return work.then(
    () => {
      throw new Error("expected a refusal");
    },
    (error: unknown) => error as Error & { code: string },
  );
}

describe("daemon: keystores", function () {
  let folder: string;
  beforeEach(async function () {
    folder = await mkdtemp(join(tmpdir(), "credence-keys-"));
  });
  afterEach(async function () {
    await rm(folder, { recursive: true });
  });
  const write = (name = "key.json"): Promise<string> =>
    writeKeystore({ path: join(folder, name), password: "pässword", privateKey: wallet.privateKey, scryptN: CHEAP });

  it("are encrypted, for their owner only, and never written over", async function () {
    const path = join(folder, "key.json");
    expect(await write()).to.equal(wallet.address);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    const text = await readFile(path, "utf8");
    expect(text.toLowerCase()).not.to.include(wallet.privateKey.slice(2).toLowerCase());
    expect(await keystoreAddress(path)).to.equal(wallet.address);
    expect((await openKeystore(path, "pässword")).privateKey).to.equal(wallet.privateKey);
    expect(await errorOf(write())).to.include({ code: "KEYSTORE_EXISTS" });
    expect(await readFile(path, "utf8")).to.equal(text);
  });

  it("a new key is another one each time", async function () {
    const make = (name: string): Promise<string> =>
      writeKeystore({ path: join(folder, name), password: "p", scryptN: CHEAP });
    expect(await make("a")).not.to.equal(await make("b"));
    expect(await errorOf(writeKeystore({ path: join(folder, "c"), password: "" }))).to.include({
      code: "KEYSTORE_PASSWORD_EMPTY",
    });
    const malformed = writeKeystore({ path: join(folder, "c"), password: "p", privateKey: "0x1234" });
    expect(await errorOf(malformed)).to.include({ code: "PRIVATE_KEY_MALFORMED" });
    expect((await errorOf(stat(join(folder, "c")))).code).to.equal("ENOENT"); // refused before anything is made
  });

  it("open with the password of a file, of a variable, or of a person, and with no other", async function () {
    await write();
    const keystore = join(folder, "key.json");
    const passwordFile = join(folder, "password");
    await writeFile(passwordFile, "pässword\n", { mode: 0o600 });
    const warnings: string[] = [];
    const questions: string[] = [];
    const options = {
      variables: { PASSWORD: "pässword" },
      warn: (sentence: string) => warnings.push(sentence),
      ask: async (question: string) => {
        questions.push(question);
        return "pässword";
      },
    };
    for (const key of [{ keystore, passwordFile }, { keystore, passwordEnv: "PASSWORD" }, { keystore }]) {
      expect(await (await openKey(key, options)).getAddress()).to.equal(wallet.address);
      expect(await addressOfKey(key)).to.equal(wallet.address);
    }
    expect(questions).to.deep.equal([`Password of ${keystore}:`]);
    expect(warnings).to.deep.equal([]);
    await chmod(keystore, 0o640);
    await chmod(passwordFile, 0o604);
    await openKey({ keystore, passwordFile }, options);
    expect(warnings).to.deep.equal([
      `${keystore}: the keystore can be read by others than its owner: chmod 600 it`,
      `${passwordFile}: the password file can be read by others than its owner: chmod 600 it`,
    ]);
    const wrong = await errorOf(openKey({ keystore, passwordEnv: "P" }, { ...options, variables: { P: "hunter2" } }));
    expect(wrong).to.include({ code: "KEYSTORE_PASSWORD_WRONG" });
    expect(JSON.stringify([wrong.message, wrong.stack, wrong.cause])).not.to.include("hunter2");
    const unset = openKey({ keystore, passwordEnv: "NONE" }, options);
    expect(await errorOf(unset)).to.include({ code: "KEY_PASSWORD_MISSING" });
    const noFile = openKey({ keystore, passwordFile: join(folder, "none") }, options);
    expect(await errorOf(noFile)).to.include({ code: "KEY_PASSWORD_MISSING" });
    await writeFile(join(folder, "broken"), "{}");
    const broken = openKey({ keystore: join(folder, "broken") }, options);
    expect(await errorOf(broken)).to.include({ code: "KEYSTORE_UNREADABLE" });
  });
});

describe("daemon: an external signer", function () {
  let service: SignerService | undefined;
  afterEach(async function () {
    await service?.close();
    service = undefined;
  });
  const options = { variables: {}, warn: () => undefined };
  async function open(dialect: SignerDialect, timeoutSeconds = 5) {
    service = await startSigner(wallet, dialect);
    return openKey({ external: service.url, address: wallet.address, timeoutSeconds }, options);
  }

  const asked: Record<SignerDialect, string[]> = {
    web3signer: ["eth_accounts", "eth_signTypedData_v4", "eth_signTypedData", "eth_signTypedData"],
    clef: [
      ...["eth_accounts", "account_list", "eth_signTypedData_v4", "eth_signTypedData", "account_signTypedData"],
      "account_signTypedData",
    ],
    node: ["eth_accounts", "eth_signTypedData_v4", "eth_signTypedData_v4"],
  };
  for (const dialect of ["web3signer", "clef", "node"] as const) {
    it(`that speaks as ${dialect} does signs typed data and transactions`, async function () {
      const signer = await open(dialect);
      expect(await signer.getAddress()).to.equal(wallet.address);
      const signature = await signer.signTypedData(DOMAIN, TYPES, { text: "hello" });
      expect(verifyTypedData(DOMAIN, TYPES, { text: "hello" }, signature)).to.equal(wallet.address);
      expect(await signer.signTypedData(DOMAIN, TYPES, { text: "hello" })).to.equal(signature);
      expect(service!.asked).to.deep.equal(asked[dialect]); // each name is tried once
      for (const fees of [FEES, { type: 0, gasPrice: 9n }]) {
        const signed = Transaction.from(await signer.signTransaction({ ...CALL, ...fees }));
        expect(signed).to.deep.include({ ...CALL, from: wallet.address });
        expect(signed.unsignedHash).to.equal(Transaction.from({ ...CALL, ...fees }).unsignedHash);
      }
    });
  }

  it("signs receipts like a key of one's own", async function () {
    const receiptSigner = await eoaSigner(await open("web3signer"));
    const struct = new TypedStruct<{ text: string }>(TYPES);
    const domain = credenceDomain(31_337n, CALL.to);
    const rawSignature = await receiptSigner.sign(domain, struct, { text: "hello" });
    const digest = struct.digest(domain, { text: "hello" });
    const signature = encodeSignature(receiptSigner.signer, rawSignature);
    expect(verifySignature({ signerId: receiptSigner.signerId, digest, signature, p256Verifier: CALL.to })).to.equal(
      true,
    );
  });

  it("is not believed: another key, another transaction, no JSON, more than can be meant", async function () {
    const signer = await open("node");
    const signTyped = (): Promise<string> => signer.signTypedData(DOMAIN, TYPES, { text: "hello" });
    const signTransaction = (): Promise<string> => signer.signTransaction({ ...CALL, ...FEES });
    const faults: [SignerFault, () => Promise<string>, typeof FatalError | typeof RetryableError, string][] = [
      ["otherKey", signTyped, FatalError, "SIGNER_WRONG"],
      ["otherKey", signTransaction, FatalError, "SIGNER_WRONG"],
      ["otherTransaction", signTransaction, FatalError, "SIGNER_WRONG"],
      ["refuses", signTyped, FatalError, "SIGNER_REFUSED"],
      ["endless", signTyped, FatalError, "SIGNER_WRONG"],
      ["notJson", signTyped, RetryableError, "SIGNER_UNREACHABLE"],
    ];
    for (const [fault, work, kind, code] of faults) {
      service!.misbehave(fault);
      const error = await errorOf(work());
      expect([fault, error.constructor, error.code]).to.deep.equal([fault, kind, code]);
    }
  });

  it("has a time limit, and must have the account's key", async function () {
    const signer = await open("node", 0.2);
    service!.misbehave("silent");
    const late = await errorOf(signer.signTypedData(DOMAIN, TYPES, { text: "hello" }));
    expect(late).to.be.instanceOf(RetryableError);
    expect(late.message).to.equal("the external signer does not answer eth_signTypedData_v4: no answer within 200 ms");
    service!.misbehave(undefined);
    const { address } = Wallet.createRandom();
    const other = await errorOf(openKey({ external: service!.url, address, timeoutSeconds: 1 }, options));
    expect(other).to.include({ code: "SIGNER_ACCOUNT_MISSING" });
    await service!.close();
    const gone = openKey({ external: service!.url, address: wallet.address, timeoutSeconds: 1 }, options);
    expect(await errorOf(gone)).to.include({ code: "SIGNER_UNREACHABLE" });
    service = undefined;
  });
});
