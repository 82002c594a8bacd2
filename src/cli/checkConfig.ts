import { access } from "node:fs/promises";

import { loadConfig, type Frozen } from "../daemon/config.ts";
import type { ChainConfig, KeyConfig } from "../daemon/configPieces.ts";
import { readDeployment } from "../daemon/deployments.ts";
import { addressOfKey } from "../daemon/keys.ts";
import { FatalError } from "../errors.ts";
import { print } from "./print.ts";
import { schemaOf, type ProgramName } from "./schemas.ts";
import { secretUrlsOf } from "./secretUrls.ts";

/** What the configurations of all programs have. */
type Common = { chain: ChainConfig; keys: Record<string, KeyConfig> };

/** Reads a configuration as its program would, and looks for the files that it names. */
export async function checkConfig(name: ProgramName, path: string, isJson: boolean): Promise<void> {
  const config = (await loadConfig(path, await schemaOf(name), process.env)) as Frozen<Common>;
  await readDeployment(config.chain);
  const accounts = Object.fromEntries(
    await Promise.all(
      Object.entries(config.keys).map(async ([role, key]) => [role, await accountOf(role, key)] as const),
    ),
  );
  const secrets = secretUrlsOf(config);
  print(isJson, { accounts, config: withoutSecrets(config, secrets) }, () => [
    `${path} is a configuration of the ${name} program for chain ${config.chain.chainId}.`,
    ...Object.entries(accounts).map(([role, account]) => `keys.${role}: ${account}`),
  ]);
}

async function accountOf(role: string, key: Frozen<KeyConfig>): Promise<string> {
  if ("keystore" in key && key.passwordFile !== undefined) {
    await access(key.passwordFile).catch((cause: unknown) => {
      const sentence = `keys.${role}.passwordFile: ${key.passwordFile} cannot be read`;
      throw new FatalError("KEY_PASSWORD_MISSING", sentence, { cause });
    });
  }
  return addressOfKey(key);
}

function withoutSecrets(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === "string") return secrets.includes(value) ? `${new URL(value).origin}/[hidden]` : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, secrets));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, secrets)]));
}
