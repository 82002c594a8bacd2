import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { HDNodeWallet, Mnemonic } from "ethers";

import { loadConfig } from "../../src/daemon/config.ts";
import { writeKeystore } from "../../src/daemon/keystore.ts";
import { processClock } from "../../src/daemon/lifecycle.ts";
import { createLog } from "../../src/daemon/log.ts";
import { jurorSchema, type JurorConfig } from "../../src/juror/config.ts";
import { openJuror, type Juror } from "../../src/juror/juror.ts";
import { startJuror, type RunningJuror } from "../../src/juror/main.ts";
import type { Reminder } from "../../src/juror/remind.ts";
import type { Deployment } from "../../src/protocol/deployment.ts";
import type { RpcBridge } from "./rpcBridge.ts";

const PHRASE = "test test test test test test test test test test test junk";
const PASSWORD = "correct horse";

/** The private key of one of Hardhat's accounts. */
function privateKeyOf(address: string): string {
  const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(PHRASE), "m/44'/60'/0'/0");
  for (let index = 0; index < 100; index++) {
    const child = root.deriveChild(index);
    if (child.address === address) return child.privateKey;
  }
  throw new Error(`${address} is none of Hardhat's accounts`);
}

/** Where one juror's programs run: a folder of its own with keystore, journal and configuration. */
export class JurorStand {
  readonly folder: string;
  /** Of the configuration. */
  readonly path: string;
  /** What the programs logged, as JSON. */
  readonly lines: Record<string, unknown>[] = [];
  /** What the webhook got. */
  readonly reminders: Reminder[] = [];
  readonly #closing: (() => Promise<unknown>)[];

  private constructor(folder: string, closing: (() => Promise<unknown>)[]) {
    this.folder = folder;
    this.path = join(folder, "juror.json5");
    this.#closing = closing;
  }

  /** @param changes - fields of the configuration that differ. */
  static async build(
    bridge: RpcBridge,
    deployment: Deployment,
    key: string,
    changes: Record<string, unknown> = {},
  ): Promise<JurorStand> {
    const folder = await mkdtemp(join(tmpdir(), "credence-juror-"));
    const stand = new JurorStand(folder, [() => rm(folder, { recursive: true })]);
    const keystore = join(folder, "key.json");
    await writeKeystore({ path: keystore, password: PASSWORD, privateKey: privateKeyOf(key), scryptN: 2 });
    await writeFile(join(folder, "password"), `${PASSWORD}\n`, { mode: 0o600 });
    const { token, vault, operators, models, attestations, slashing, court, disputes, replay } = deployment;
    const addresses = { token, vault, operators, models, attestations, slashing, court, disputes, replay };
    const config = {
      chain: { rpcUrl: bridge.url, chainId: 31_337, deployment: addresses, fromBlock: 0, pollSeconds: 0.05 },
      keys: { sender: { keystore: "key.json", passwordFile: "password" } },
      journal: "juror.sqlite",
      seeds: { jitterSeconds: 0 },
      reminders: { hours: [0.5], webhook: await stand.#listen() },
      collect: { minCredit: "0.000001" },
      metrics: { port: 0 },
      ...changes,
    };
    await writeFile(stand.path, JSON.stringify(config));
    return stand;
  }

  async config(): Promise<JurorConfig> {
    return loadConfig(this.path, jurorSchema, {});
  }

  /** The program, in this process. */
  async start(): Promise<RunningJuror> {
    return startJuror(await this.config(), this.#environment());
  }

  /** What the program has open, at rest. */
  async open(): Promise<Juror> {
    return openJuror(await this.config(), this.#environment());
  }

  /** Sentences of this level in the log. */
  said(level: string): unknown[] {
    return this.lines.filter((line) => line.level === level).map(({ msg }) => msg);
  }

  async close(): Promise<void> {
    for (const end of this.#closing.toReversed()) await end();
  }

  #environment(): Parameters<typeof startJuror>[1] {
    const write = (line: string): void => {
      this.lines.push(JSON.parse(line) as Record<string, unknown>);
    };
    const log = createLog({ program: "juror", level: "debug", destination: { write } });
    return { ...processClock, log, signal: new AbortController().signal, variables: {} };
  }

  async #listen(): Promise<string> {
    const server = createServer((message, response) => {
      const chunks: Buffer[] = [];
      message.on("data", (chunk: Buffer) => chunks.push(chunk));
      message.on("end", () => {
        this.reminders.push(JSON.parse(Buffer.concat(chunks).toString("utf8")) as Reminder);
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
    this.#closing.push(
      () =>
        new Promise((resolve) => {
          server.close(resolve);
          server.closeAllConnections();
        }),
    );
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }
}

/** Waits until something holds; it is asked again and again. */
export async function until<T>(
  what: string,
  find: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited too long for: ${what}`);
    await processClock.sleep(25);
  }
}
