import { createHash } from "node:crypto";

import { p256 } from "@noble/curves/nist.js";
import { expect } from "chai";
import {
  AbiCoder,
  N as SECP256K1_ORDER,
  TypedDataEncoder,
  Wallet,
  concat,
  dataLength,
  dataSlice,
  getBytes,
  hexlify,
  id,
  keccak256,
  recoverAddress,
  toBeHex,
  type TypedDataDomain,
  type TypedDataField,
} from "ethers";
import fc from "fast-check";
import { network } from "hardhat";

import { FatalError } from "../../../src/errors.ts";
import type { SignerId } from "../../../src/protocol/ids.ts";
import {
  SIGNER_POSSESSION,
  encodeSignature,
  eoaSigner,
  normaliseP256,
  p256Key,
  p256Signer,
  signerIdOf,
  verifyP256,
  verifySignature,
  type P256Key,
  type SignerPossession,
} from "../../../src/protocol/signers.ts";
import { Domain, TypedStruct, credenceDomain } from "../../../src/protocol/typedData.ts";
import { bytes } from "../../setup/arbitraries.ts";
import { itWithVectors } from "../../setup/vectors.ts";

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

const p256Verifier = `0x${"Ab".repeat(20)}`;
const domain = credenceDomain(31_337n, `0x${"22".repeat(20)}`);
const wallet = new Wallet(id("signers.test"));
const key = p256Key(getBytes(id("signers.test")));

const possession = (signer: string): SignerPossession => ({
  operator: `0x${"77".repeat(20)}`,
  signer,
  nonce: 1n,
  deadline: 2_000_000_000,
});

describe("signers", () => {
  it("has the type of a proof of possession of the contract", () => {
    expect(TypedDataEncoder.from(SIGNER_POSSESSION.types).encodeType("SignerPossession")).to.equal(
      "SignerPossession(address operator,bytes signer,uint256 nonce,uint48 deadline)",
    );
  });

  describe("EOA", () => {
    it("is its 20 address bytes", async () => {
      const signer = await eoaSigner(wallet);
      expect(signer.signer).to.equal(wallet.address.toLowerCase());
      expect(signer.signerId).to.equal(keccak256(wallet.address));
    });

    it("signs so that the signature verifies, for this digest and this key alone", async () => {
      const signer = await eoaSigner(wallet);
      const message = possession(signer.signer);
      const raw = await signer.sign(domain, SIGNER_POSSESSION, message);
      const digest = SIGNER_POSSESSION.digest(domain, message);
      const signature = encodeSignature(signer.signer, raw);
      const { signerId } = signer;
      expect(verifySignature({ signerId, digest, signature, p256Verifier })).to.equal(true);
      expect(verifySignature({ signerId, digest: id("other"), signature, p256Verifier })).to.equal(false);
      expect(verifySignature({ signerId: id("other") as SignerId, digest, signature, p256Verifier })).to.equal(false);
      const impostor = encodeSignature(`0x${"77".repeat(20)}`, raw);
      expect(
        verifySignature({ signerId: signerIdOf(`0x${"77".repeat(20)}`), digest, signature: impostor, p256Verifier }),
      ).to.equal(false);
    });

    it("is refused in the forms that ethers takes and the contract does not", async () => {
      const { signer, signerId } = await eoaSigner(wallet);
      const digest = id("digest");
      const { r, s, v, yParity, compactSerialized, serialized } = wallet.signingKey.sign(digest);
      const verify = (raw: string) =>
        verifySignature({ signerId, digest, signature: encodeSignature(signer, raw), p256Verifier });
      expect(verify(serialized)).to.equal(true);
      expect(verify(compactSerialized), "64 bytes").to.equal(false);
      expect(verify(concat([r, s, toBeHex(yParity, 1)])), "v of 0 or 1").to.equal(false);
      expect(verify(concat([r, toBeHex(SECP256K1_ORDER - BigInt(s), 32), toBeHex(55 - v, 1)])), "high s").to.equal(
        false,
      );
      expect(verify(concat([serialized, "0x00"])), "66 bytes").to.equal(false);
      expect(verify("0x"), "nothing").to.equal(false);
      expect(verify(concat([toBeHex(0, 32), toBeHex(0, 32), "0x1b"])), "zeros").to.equal(false);
    });

    it("is refused with s just above half of the order, which ethers takes", () => {
      // Chosen s, then the digest's signer recovered: a valid signature but for its high s.
      const digest = id("digest");
      const { r } = wallet.signingKey.sign(id("any"));
      const verify = (s: bigint) => {
        const raw = concat([r, toBeHex(s, 32), "0x1b"]);
        const signer = recoverAddress(digest, raw).toLowerCase();
        return verifySignature({
          signerId: signerIdOf(signer),
          digest,
          signature: encodeSignature(signer, raw),
          p256Verifier,
        });
      };
      expect(verify(SECP256K1_ORDER / 2n)).to.equal(true);
      expect(verify(SECP256K1_ORDER / 2n + 1n)).to.equal(false);
    });

    itWithVectors<
      {
        name: string;
        domain: TypedDataDomain;
        types: Record<string, TypedDataField[]>;
        data: object;
        privateKey?: string;
        signature?: string;
      }[]
    >("signs the EIP-712 example", "eip712/ethers_eip712_subset.json", async (vectors) => {
      const {
        domain: fields,
        types,
        data,
        privateKey,
        signature,
      } = vectors.find(({ name }) => name === "EIP712 example")!;
      const signer = await eoaSigner(new Wallet(privateKey!));
      expect(await signer.sign(new Domain(fields), new TypedStruct(types), data)).to.equal(signature);
    });
  });

  describe("P-256", () => {
    it("is the verifier's address and the affine coordinates", () => {
      const { x, y } = p256.Point.BASE.multiply(BigInt(id("signers.test"))).toAffine();
      const expected = concat([p256Verifier, toBeHex(x, 32), toBeHex(y, 32)]);
      const signer = p256Signer(p256Verifier, key);
      expect(signer.signer).to.equal(expected);
      expect(signer.signerId).to.equal(keccak256(expected));
    });

    it("signs the digest itself, so that the signature verifies for this digest and verifier alone", async () => {
      const signer = p256Signer(p256Verifier, key);
      const { signerId } = signer;
      await fc.assert(
        fc.asyncProperty(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), async (nonce) => {
          const message = { ...possession(signer.signer), nonce };
          const raw = await signer.sign(domain, SIGNER_POSSESSION, message);
          const digest = SIGNER_POSSESSION.digest(domain, message);
          const signature = encodeSignature(signer.signer, raw);
          expect(dataLength(raw)).to.equal(64);
          expect(BigInt(dataSlice(raw, 32)) <= P256_ORDER / 2n).to.equal(true);
          expect(verifySignature({ signerId, digest, signature, p256Verifier })).to.equal(true);
          expect(verifySignature({ signerId, digest: id("other"), signature, p256Verifier })).to.equal(false);
          expect(verifySignature({ signerId, digest, signature, p256Verifier: `0x${"ac".repeat(20)}` })).to.equal(
            false,
          );
          const padded = encodeSignature(signer.signer, concat([raw, "0x00"]));
          expect(verifySignature({ signerId, digest, signature: padded, p256Verifier })).to.equal(false);
        }),
        { numRuns: 20 },
      );
    });

    it("makes a low s of what a key returns", async () => {
      const highS: P256Key = {
        publicKey: key.publicKey,
        sign: async (digest) => {
          const low = await key.sign(digest);
          const s = P256_ORDER - BigInt(hexlify(low.slice(32)));
          return getBytes(concat([low.slice(0, 32), toBeHex(s, 32)]));
        },
      };
      const message = possession("0x");
      const raw = await p256Signer(p256Verifier, highS).sign(domain, SIGNER_POSSESSION, message);
      expect(raw).to.equal(await p256Signer(p256Verifier, key).sign(domain, SIGNER_POSSESSION, message));
    });

    it("notices a key that hashes the digest again", async () => {
      const hashing: P256Key = {
        publicKey: key.publicKey,
        sign: (digest) => key.sign(createHash("sha256").update(digest).digest()),
      };
      const error: unknown = await p256Signer(p256Verifier, hashing)
        .sign(domain, SIGNER_POSSESSION, possession("0x"))
        .catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(FatalError).with.property("code", "P256_SIGNATURE_INVALID");
    });

    it("refuses a public key with a prefix, and a signature in DER", async () => {
      const prefixed: P256Key = { publicKey: getBytes(concat(["0x04", key.publicKey])), sign: key.sign };
      expect(() => p256Signer(p256Verifier, prefixed))
        .to.throw(FatalError, "got 85")
        .with.property("code", "P256_SIGNER_LENGTH");
      expect(() => normaliseP256(`0x${"30".repeat(71)}`))
        .to.throw(FatalError, "got 71")
        .with.property("code", "P256_SIGNATURE_LENGTH");
    });

    it("normalises only between half of the order and the order", () => {
      const r = toBeHex(1, 32);
      const normalised = (s: bigint) => BigInt(dataSlice(normaliseP256(concat([r, toBeHex(s, 32)])), 32));
      const half = P256_ORDER / 2n;
      for (const s of [0n, 1n, half, P256_ORDER, P256_ORDER + 1n, 2n ** 256n - 1n]) expect(normalised(s)).to.equal(s);
      expect(normalised(half + 1n)).to.equal(half);
      expect(normalised(P256_ORDER - 1n)).to.equal(1n);
    });

    it("is accepted by the verifier that the deployment lists, with the same key bytes and raw signature", async () => {
      const { ethers } = await network.getOrCreate();
      const verifier = await ethers.deployContract("ERC7913P256Verifier");
      const signer = p256Signer(await verifier.getAddress(), key);
      const message = possession(signer.signer);
      const raw = await signer.sign(domain, SIGNER_POSSESSION, message);
      const digest = SIGNER_POSSESSION.digest(domain, message);
      const verify = verifier.getFunction("verify");
      expect(await verify(dataSlice(signer.signer, 20), digest, raw)).to.equal(verify.fragment.selector);
      expect(await verify(dataSlice(signer.signer, 20), id("other"), raw)).to.equal("0xffffffff");
    });

    itWithVectors<{ tcId: number; x: string; y: string; msg: string; sig: string; result: string }[]>(
      "agrees with the Wycheproof cases of 64 bytes once s is low",
      "p256/wycheproof_ecdsa_secp256r1_sha256_p1363.json",
      (vectors) => {
        let unchanged = 0;
        let cases = 0;
        for (const { tcId, x, y, msg, sig, result } of vectors) {
          const publicKey = `0x${x}${y}`;
          const digest = `0x${createHash("sha256").update(msg, "hex").digest("hex")}`;
          if (sig.length !== 128) {
            expect(verifyP256(publicKey, digest, `0x${sig}`), `case ${tcId}`).to.equal(false);
            continue;
          }
          cases++;
          if (verifyP256(publicKey, digest, `0x${sig}`) === (result === "valid")) unchanged++;
          expect(verifyP256(publicKey, digest, normaliseP256(`0x${sig}`)), `case ${tcId}`).to.equal(result === "valid");
        }
        expect({ cases, unchanged }).to.deep.equal({ cases: 241, unchanged: 171 });
      },
    );
  });

  describe("verification refuses", () => {
    it("whatever is not the encoding of a signer and a signature", () => {
      fc.assert(
        fc.property(fc.oneof(fc.string(), bytes(0), bytes(31), bytes(96), bytes(256)), (signature) => {
          expect(
            verifySignature({ signerId: id("any") as SignerId, digest: id("digest"), signature, p256Verifier }),
          ).to.equal(false);
        }),
      );
    });

    it("a signer of any other length", () => {
      for (const length of [0, 19, 21, 52, 83, 85]) {
        const signer = `0x${"11".repeat(length)}`;
        const signature = AbiCoder.defaultAbiCoder().encode(["bytes", "bytes"], [signer, `0x${"11".repeat(64)}`]);
        expect(
          verifySignature({ signerId: signerIdOf(signer), digest: id("digest"), signature, p256Verifier }),
        ).to.equal(false);
      }
    });

    it("a public key that is not on the curve", () => {
      for (const coordinates of ["00".repeat(64), "11".repeat(64), "ff".repeat(64)]) {
        expect(verifyP256(`0x${coordinates}`, id("digest"), `0x${"11".repeat(64)}`)).to.equal(false);
      }
    });
  });
});
