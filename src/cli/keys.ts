import { readFile } from "node:fs/promises";

import { askOnTerminal, readPassword } from "../daemon/keys.ts";
import { keystoreAddress, writeKeystore } from "../daemon/keystore.ts";
import { FatalError } from "../errors.ts";
import { print } from "./print.ts";

/** Options of `credence keys …`; without a file the terminal is asked. */
export type KeysOptions = { passwordFile?: string; keyFile?: string; json?: boolean };

/** Writes a keystore with a new key, and prints its address. */
export async function newKey(path: string, options: KeysOptions): Promise<void> {
  const password = await newPassword(options.passwordFile);
  show(path, await writeKeystore({ path, password }), options);
}

/** Writes a keystore with a key that exists, and prints its address. */
export async function importKey(path: string, options: KeysOptions): Promise<void> {
  const text = options.keyFile === undefined ? await askOnTerminal("Private key:") : await readKey(options.keyFile);
  const privateKey = text.trim();
  const password = await newPassword(options.passwordFile);
  show(path, await writeKeystore({ path, password, privateKey }), options);
}

/** Prints the address of a keystore. */
export async function printAddress(path: string, options: KeysOptions): Promise<void> {
  show(path, await keystoreAddress(path), options);
}

function show(path: string, address: string, { json }: KeysOptions): void {
  print(json === true, { keystore: path, address }, () => [address]);
}

/** Asked for twice: a slip would lock the key away. */
async function newPassword(file: string | undefined): Promise<string> {
  if (file !== undefined) return readPassword(file);
  const password = await askOnTerminal("Password of the new keystore:");
  if (password === (await askOnTerminal("The same again:"))) return password;
  throw new FatalError("KEYSTORE_PASSWORDS_DIFFER", "the two passwords differ: nothing was written");
}

async function readKey(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new FatalError("KEY_UNREADABLE", `${path}: the file with the private key cannot be read`, { cause });
  }
}
