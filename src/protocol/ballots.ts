import type { webcrypto } from "node:crypto";

import {
  AbiCoder,
  ZeroHash,
  concat,
  dataLength,
  dataSlice,
  getBytes,
  id,
  keccak256,
  toBeHex,
  type Signer,
} from "ethers";

import { FatalError } from "../errors.ts";
import { Choice, type CastChoice } from "./court.ts";
import { TypedStruct, credenceDomain } from "./typedData.ts";

/** The ballot of one voter in one round of one case of one court. */
export type BallotPlace = {
  chainId: bigint;
  court: string;
  caseId: string;
  /** From 0. */
  round: number;
  voter: string;
};

export type CommitHashParameters = BallotPlace & {
  choice: CastChoice;
  /** 32 bytes, not zero. */
  salt: string;
};

/** What a voter signs for somebody else to send. */
export type SignedCommit = {
  caseId: string;
  round: number;
  voter: string;
  commitHash: string;
  /** Hex. */
  cipher: string;
  /** Unix seconds, not in the future, later than the voter's last commit in the round. */
  signedAt: number;
};

/** Twice the same message got two signatures: the salt of a ballot could not be recovered, nor the ballot revealed. */
export class SignerNotDeterministicError extends FatalError {
  constructor(account: string) {
    super(
      "SIGNER_NOT_DETERMINISTIC",
      `wallet ${account} signs the same message differently each time, so the ballot could never be revealed: vote with another key, see setVotingKey`,
    );
  }
}

/** A wallet's signature is too short to be one, so that anybody could know the salt. */
export class EmptySaltError extends FatalError {
  constructor(subject: string) {
    super("SALT_EMPTY", `${subject}: anybody could know the ballot's salt, and its choice`);
  }
}

/** The commit hash is of no choice under this wallet's salt: another wallet made the ballot. */
export class BallotNotRecoveredError extends FatalError {
  constructor(commitHash: string) {
    super(
      "BALLOT_NOT_RECOVERED",
      `commit ${commitHash} was not made by this wallet for this ballot: use the one that committed`,
    );
  }
}

/** The note of a ballot was not written by this wallet for this ballot, or is damaged. */
export class NoteUnreadableError extends FatalError {
  constructor(reason: string, options?: ErrorOptions) {
    super("NOTE_UNREADABLE", `the ballot's note cannot be read: ${reason}`, options);
  }
}

const COMMIT_KIND = id("Credence.Commit");
const NOTE_KEY_LABEL = new TextEncoder().encode("Credence.BallotNote");
/** No signature scheme in use has shorter ones. */
const SHORTEST_SIGNATURE = 64;
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const NOTE_LENGTH = NONCE_LENGTH + 1 + TAG_LENGTH;
const CAST: readonly CastChoice[] = [Choice.AtFault, Choice.NotAtFault, Choice.CannotDecide];

/** What a wallet signs to make a ballot's secret; chain and court are in the domain. */
export const BALLOT_SALT = new TypedStruct<{ caseId: string; round: number; voter: string }>({
  BallotSalt: [
    { name: "caseId", type: "bytes32" },
    { name: "round", type: "uint256" },
    { name: "voter", type: "address" },
  ],
});

/** What the court checks in `commitSigned`. */
export const BALLOT = new TypedStruct<SignedCommit>({
  Ballot: [
    { name: "caseId", type: "bytes32" },
    { name: "round", type: "uint256" },
    { name: "voter", type: "address" },
    { name: "commitHash", type: "bytes32" },
    { name: "cipher", type: "bytes" },
    { name: "signedAt", type: "uint40" },
  ],
});

/**
 * The hash that commits to a choice, as the court computes it: of no use to another voter, or in another case, round,
 * court or chain.
 * @throws EmptySaltError if the salt is the zero word.
 */
export function commitHash({ chainId, court, caseId, round, voter, choice, salt }: CommitHashParameters): string {
  if (salt === ZeroHash) throw new EmptySaltError("the salt is zero");
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["bytes32", "uint256", "address", "bytes32", "uint256", "address", "uint8", "bytes32"],
      [COMMIT_KIND, chainId, court, caseId, round, voter, choice, salt],
    ),
  );
}

/** What only the wallet that makes a ballot knows of it; see `ballotSecret`. */
export class BallotSecret {
  readonly place: BallotPlace;
  /** Goes into the commit hash, and is public once the ballot is revealed. */
  readonly salt: string;
  readonly #noteKey: webcrypto.CryptoKey;

  private constructor(place: BallotPlace, salt: string, noteKey: webcrypto.CryptoKey) {
    this.place = place;
    this.salt = salt;
    this.#noteKey = noteKey;
  }

  /**
   * @param signature Of the wallet over `BALLOT_SALT`.
   * @throws EmptySaltError for less than a signature.
   */
  static async from(place: BallotPlace, signature: string): Promise<BallotSecret> {
    if (dataLength(signature) < SHORTEST_SIGNATURE) {
      throw new EmptySaltError(`the wallet's signature has ${dataLength(signature)} bytes`);
    }
    return new BallotSecret(place, keccak256(signature), await deriveNoteKey(signature));
  }

  /** The hash that commits to a choice. */
  commitHash(choice: CastChoice): string {
    return commitHash({ ...this.place, choice, salt: this.salt });
  }

  /**
   * What the ballot was cast for, from its commit hash.
   * @throws BallotNotRecoveredError if another wallet made it.
   */
  recoverChoice(committed: string): CastChoice {
    const found = CAST.find((choice) => this.commitHash(choice) === committed);
    if (found === undefined) throw new BallotNotRecoveredError(committed);
    return found;
  }

  /** The voter's note to itself, for the event: the choice under AES-GCM, as hex. */
  async sealNote(choice: CastChoice): Promise<string> {
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_LENGTH));
    const sealed = await crypto.subtle.encrypt(gcm(nonce), this.#noteKey, Uint8Array.of(choice));
    return concat([nonce, new Uint8Array(sealed)]);
  }

  /**
   * Reads what `sealNote` wrote, on any device.
   * @param cipher Hex, as the event `Committed` has it.
   * @throws NoteUnreadableError if it is of another wallet or ballot, or damaged.
   */
  async openNote(cipher: string): Promise<CastChoice> {
    if (dataLength(cipher) !== NOTE_LENGTH) {
      throw new NoteUnreadableError(`it has ${dataLength(cipher)} bytes, expected ${NOTE_LENGTH}`);
    }
    const nonce = bytesOf(dataSlice(cipher, 0, NONCE_LENGTH));
    const sealed = bytesOf(dataSlice(cipher, NONCE_LENGTH));
    try {
      const opened = new Uint8Array(await crypto.subtle.decrypt(gcm(nonce), this.#noteKey, sealed));
      return opened[0] as CastChoice; // authentic, so it is what sealNote wrote
    } catch (cause) {
      throw new NoteUnreadableError("it is of another wallet or ballot, or damaged", { cause });
    }
  }
}

/**
 * The secret of a ballot, from the wallet's signature alone: the same on every device, another one for every ballot. The
 * wallet is asked to sign twice, so that one whose signatures differ is found before anything is committed.
 * @param wallet The voter's, or its voting key: the same one when it commits and when it reveals.
 * @throws SignerNotDeterministicError, EmptySaltError.
 * @example
 * const secret = await ballotSecret(wallet, { chainId, court: deployment.court, caseId, round, voter });
 * const hash = secret.commitHash(Choice.AtFault);
 */
export async function ballotSecret(wallet: Signer, place: BallotPlace): Promise<BallotSecret> {
  const { chainId, court, caseId, round, voter } = place;
  const { fields } = credenceDomain(chainId, court);
  const sign = async (): Promise<string> =>
    canonical(await wallet.signTypedData(fields, BALLOT_SALT.types, { caseId, round, voter }));
  const signature = await sign();
  if ((await sign()) !== signature) throw new SignerNotDeterministicError(await wallet.getAddress());
  return BallotSecret.from(place, signature);
}

/** ECDSA signatures end in 27 or 28; some wallets write 0 or 1. */
function canonical(signature: string): string {
  if (dataLength(signature) !== 65) return signature;
  const v = Number(dataSlice(signature, 64));
  return v < 27 ? concat([dataSlice(signature, 0, 64), toBeHex(v + 27, 1)]) : signature;
}

/** HKDF with a label of its own: the salt becomes public, and says nothing about this key. */
async function deriveNoteKey(signature: string): Promise<webcrypto.CryptoKey> {
  const material = await crypto.subtle.importKey("raw", bytesOf(signature), "HKDF", false, ["deriveKey"]);
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: NOTE_KEY_LABEL };
  return crypto.subtle.deriveKey(derivation, material, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** The key is of one ballot alone, and a vote may be changed: so each note has a nonce of its own. */
function gcm(iv: Uint8Array<ArrayBuffer>): webcrypto.AeadParams {
  return { name: "AES-GCM", iv, tagLength: 8 * TAG_LENGTH };
}

const bytesOf = (hex: string): Uint8Array<ArrayBuffer> => new Uint8Array(getBytes(hex));
