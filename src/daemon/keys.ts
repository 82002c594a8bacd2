import { readFile } from "node:fs/promises";

import type { Provider, Signer } from "ethers";

import { FatalError } from "../errors.ts";
import type { Frozen, Variables } from "./config.ts";
import type { KeyConfig } from "./configPieces.ts";
import { ExternalSigner } from "./externalSigner.ts";
import { isReadableByOthers, keystoreAddress, openKeystore } from "./keystore.ts";

export type OpenKeyOptions = {
  /** Of which chain the signer is; none unless given. */
  provider?: Provider;
  /** Where `passwordEnv` is. */
  variables: Variables;
  /** Hears of files that others may read. */
  warn: (sentence: string) => void;
  /** Asks a person for a password; on the terminal unless given. */
  ask?: (question: string) => Promise<string>;
};

/**
 * The signer of an account: from an encrypted keystore, whose password is in a file, in the environment or asked for on the
 * terminal, or from an external signer. Neither key nor password is ever an argument of a command, or in a log.
 * @throws FatalError for example `KEYSTORE_UNREADABLE`, `KEYSTORE_PASSWORD_WRONG`, `KEY_PASSWORD_MISSING`,
 * `SIGNER_ACCOUNT_MISSING`.
 * @throws RetryableError `SIGNER_UNREACHABLE`.
 * @example
 * const signer = await openKey(config.keys.sender, { provider, variables: process.env, warn: (text) => log.warn(text) });
 */
export async function openKey(key: Frozen<KeyConfig>, options: OpenKeyOptions): Promise<Signer> {
  const { provider } = options;
  if ("external" in key) {
    const { external: url, address, timeoutSeconds } = key;
    const signer = new ExternalSigner({ url, address, timeoutMs: timeoutSeconds * 1000, provider: provider ?? null });
    await signer.check();
    return signer;
  }
  await warnOfReaders(key.keystore, "the keystore", options);
  const wallet = await openKeystore(key.keystore, await passwordOf(key, options));
  return provider === undefined ? wallet : wallet.connect(provider);
}

/** The address of a key; no password is needed. @throws FatalError `KEYSTORE_UNREADABLE`. */
export async function addressOfKey(key: Frozen<KeyConfig>): Promise<string> {
  return "external" in key ? key.address : keystoreAddress(key.keystore);
}

type KeystoreConfig = Exclude<Frozen<KeyConfig>, { external: string }>;

async function passwordOf(key: KeystoreConfig, options: OpenKeyOptions): Promise<string> {
  const { keystore, passwordFile, passwordEnv } = key;
  if (passwordFile !== undefined) {
    await warnOfReaders(passwordFile, "the password file", options);
    return readPassword(passwordFile);
  }
  if (passwordEnv !== undefined) {
    const password = options.variables[passwordEnv] ?? "";
    if (password !== "") return password;
    throw new FatalError("KEY_PASSWORD_MISSING", `environment variable ${passwordEnv} is not set: expected a password`);
  }
  return (options.ask ?? askOnTerminal)(`Password of ${keystore}:`);
}

/** Without the line's end; all else belongs to the password. */
export async function readPassword(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).replace(/\r?\n$/u, "");
  } catch (cause) {
    throw new FatalError("KEY_PASSWORD_MISSING", `${path}: the password file cannot be read`, { cause });
  }
}

/** Asks a person, who does not see what is typed. @throws FatalError `KEY_PASSWORD_MISSING` if there is no terminal. */
export async function askOnTerminal(question: string): Promise<string> {
  if (!process.stdin.isTTY) {
    const sentence = "there is no terminal to ask for a password on: name passwordFile or passwordEnv";
    throw new FatalError("KEY_PASSWORD_MISSING", sentence);
  }
  const { default: password } = await import("@inquirer/password");
  return password({ message: question, mask: true }, { output: process.stderr });
}

async function warnOfReaders(path: string, what: string, { warn }: OpenKeyOptions): Promise<void> {
  const isExposed = await isReadableByOthers(path).catch(() => false); // whether it is there is said where it is read
  if (isExposed) warn(`${path}: ${what} can be read by others than its owner: chmod 600 it`);
}
