import { randomBytes } from "node:crypto";
import { open, readFile, stat } from "node:fs/promises";

import { Wallet, decryptKeystoreJson, encryptKeystoreJson, getAddress, isKeystoreJson } from "ethers";

import { FatalError } from "../errors.ts";

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;
/** Of the key derivation: a guess takes as much memory and time as geth's own keystores ask for. */
const SCRYPT_N = 2 ** 17;

export type WriteKeystoreParameters = {
  path: string;
  password: string;
  /** 32 bytes as hex; a new one unless given. */
  privateKey?: string;
  /** Cost of the key derivation, a power of two; lower ones are for tests. */
  scryptN?: number;
};

/**
 * Writes a key as encrypted JSON keystore (version 3), readable by its owner only and never over another file.
 * @returns the key's address.
 * @throws FatalError `KEYSTORE_EXISTS`, `KEYSTORE_PASSWORD_EMPTY`, `PRIVATE_KEY_MALFORMED`.
 */
export async function writeKeystore({ path, password, privateKey, scryptN }: WriteKeystoreParameters): Promise<string> {
  if (password === "") throw new FatalError("KEYSTORE_PASSWORD_EMPTY", "a keystore needs a password");
  const wallet = walletOf(privateKey ?? `0x${randomBytes(32).toString("hex")}`);
  // The file is made first: a name that is taken costs no work, and nobody can take it meanwhile.
  const file = await create(path);
  try {
    const account = { address: wallet.address, privateKey: wallet.privateKey };
    const json = await encryptKeystoreJson(account, password, { scrypt: { N: scryptN ?? SCRYPT_N } });
    await file.writeFile(`${json}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return wallet.address;
}

/**
 * The address that a keystore says it is of; the password is not needed.
 * @throws FatalError `KEYSTORE_UNREADABLE`.
 */
export async function keystoreAddress(path: string): Promise<string> {
  const { address } = JSON.parse(await readKeystore(path)) as { address?: string };
  if (typeof address === "string") return getAddress(address.startsWith("0x") ? address : `0x${address}`);
  throw new FatalError("KEYSTORE_UNREADABLE", `${path}: the keystore does not name its address`);
}

/**
 * The key in a keystore.
 * @throws FatalError `KEYSTORE_UNREADABLE`, `KEYSTORE_PASSWORD_WRONG`.
 */
export async function openKeystore(path: string, password: string): Promise<Wallet> {
  const json = await readKeystore(path);
  try {
    const { privateKey } = await decryptKeystoreJson(json, password);
    return new Wallet(privateKey);
  } catch {
    // What the library threw is not kept: it may hold what it was given.
    throw new FatalError("KEYSTORE_PASSWORD_WRONG", `${path}: the password does not open the keystore`);
  }
}

/** Whether others than the file's owner may read it; always false where the system has no such rights. */
export async function isReadableByOthers(path: string): Promise<boolean> {
  return process.platform !== "win32" && ((await stat(path)).mode & OTHERS) !== 0;
}

async function readKeystore(path: string): Promise<string> {
  let json: string;
  try {
    json = await readFile(path, "utf8");
  } catch (cause) {
    throw new FatalError("KEYSTORE_UNREADABLE", `${path}: the keystore cannot be read`, { cause });
  }
  if (isKeystoreJson(json)) return json;
  throw new FatalError("KEYSTORE_UNREADABLE", `${path}: expected an encrypted JSON keystore of version 3`);
}

async function create(path: string): ReturnType<typeof open> {
  try {
    return await open(path, "wx", OWNER_ONLY);
  } catch (cause) {
    const isTaken = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    if (isTaken) throw new FatalError("KEYSTORE_EXISTS", `${path}: there is a file already, which is not overwritten`);
    throw new FatalError("KEYSTORE_UNWRITABLE", `${path}: the keystore cannot be written`, { cause });
  }
}

function walletOf(privateKey: string): Wallet {
  try {
    return new Wallet(privateKey);
  } catch {
    throw new FatalError("PRIVATE_KEY_MALFORMED", "expected a private key: 0x and 64 hex digits");
  }
}
