/** Keys of a devnet: made anew each time, kept as encrypted keystores like any others. */
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { encryptKeystoreJson, hexlify, type JsonRpcProvider, type TransactionRequest, Wallet } from "ethers";

/** How a config file names a key. */
export type KeyReference = { readonly keystore: string; readonly passwordFile: string };

/** Worthless keys need no slow derivation, and each program reads two of them each time it starts. */
const SCRYPT = { N: 1_024, r: 8, p: 1 };

/** The block that a transaction gets into is later than the one it was estimated in, and may cost more. */
class AmpleWallet extends Wallet {
  override async estimateGas(request: TransactionRequest): Promise<bigint> {
    return ((await super.estimateGas(request)) * 5n) / 4n;
  }
}

/** A new wallet for this program. */
export function newWallet(provider: JsonRpcProvider): Wallet {
  return new AmpleWallet(hexlify(randomBytes(32)), provider);
}

/** Writes a key and its password into a folder, readable by its owner alone. */
export async function writeKeystore(folder: string, name: string, wallet: Wallet): Promise<KeyReference> {
  await mkdir(folder, { recursive: true });
  const [keystore, passwordFile] = [join(folder, `${name}.json`), join(folder, `${name}.password`)];
  const password = hexlify(randomBytes(16));
  const json = await encryptKeystoreJson(wallet, password, { scrypt: SCRYPT });
  await writeFile(keystore, `${json}\n`, { mode: 0o600 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  return { keystore, passwordFile };
}
