import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { NetworkConnection } from "hardhat/types/network";

import config from "../../hardhat.config.ts";
import credence from "../../src/hardhat/index.ts";
import type { Deployment } from "../../src/protocol/deployment.ts";

/** What a task printed and returned. */
type Printed = { readonly stdout: string; readonly stderr: string; readonly returned: unknown };

/** What a test reads from a task's JSON. */
export type TaskJson = any;

/** A Hardhat project with the plugin, on a chain inside this process. */
export type PluginProject = {
  readonly hre: HardhatRuntimeEnvironment;
  readonly connection: NetworkConnection;
  /** Says where the protocol is, as the configuration would. */
  readonly use: (deployment: Deployment) => void;
  /** Runs a task with `--json`, such as `stake deposit`, and gives what it printed. */
  readonly json: (task: string, args?: object) => Promise<TaskJson>;
  /** Runs a task for people. */
  readonly text: (task: string, args?: object) => Promise<string>;
  /** Message of the error that a task ends with. */
  readonly refusal: (task: string, args?: object) => Promise<string>;
  /** Runs a task and keeps all that it does. */
  readonly run: (task: string, args?: object) => Promise<Printed>;
  /** Path of a new file with that content. */
  readonly file: (content: unknown) => Promise<string>;
};

/** Runs work and keeps what it writes. */
export async function capture(work: () => Promise<unknown>): Promise<Printed & { error: unknown }> {
  const written = { stdout: "", stderr: "" };
  const originals = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const stream of ["stdout", "stderr"] as const) {
    process[stream].write = (chunk: string | Uint8Array) => {
      written[stream] += String(chunk);
      return true;
    };
  }
  try {
    return { returned: await work(), ...written, error: undefined, stdout: written.stdout, stderr: written.stderr };
  } catch (error) {
    return { returned: undefined, ...written, error };
  } finally {
    for (const stream of ["stdout", "stderr"] as const) process[stream].write = originals[stream];
  }
}

let shared: Promise<PluginProject> | undefined;

/** A project whose configuration is the repository's, with the plugin; one for all tests, since a chain is slow to start. */
export function pluginProject(): Promise<PluginProject> {
  shared ??= createProject();
  return shared;
}

async function createProject(): Promise<PluginProject> {
  const root = join(import.meta.dirname, "..", "..");
  const plugins = [...(config.plugins ?? []), credence];
  const hre = await createHardhatRuntimeEnvironment({ ...config, plugins }, { network: "default" }, root);
  const connection = await hre.network.getOrCreate();
  const folder = await mkdtemp(join(tmpdir(), "credence-plugin-"));
  process.once("exit", () => {
    rmSync(folder, { recursive: true, force: true });
  });
  let files = 0;
  const captured = (task: string, args: object): Promise<Printed & { error: unknown }> =>
    capture(async () => hre.tasks.getTask(["credence", ...task.split(" ")]).run(args) as Promise<unknown>);
  const run = async (task: string, args: object = {}): Promise<Printed> => {
    const { error, ...printed } = await captured(task, args);
    if (error !== undefined) throw error as Error;
    return printed;
  };
  return {
    hre,
    connection,
    run,
    use: (deployment) => {
      (hre.config.credence.deployments as Record<string, Deployment>).default = deployment;
    },
    json: async (task, args) => JSON.parse((await run(task, { ...args, json: true })).stdout) as unknown,
    text: async (task, args) => (await run(task, args)).stdout,
    refusal: async (task, args = {}) => {
      const { error, stdout } = await captured(task, args);
      if (error === undefined) throw new Error(`expected ${task} to fail, it printed ${stdout}`);
      return (error as Error).message;
    },
    file: async (content) => {
      const path = join(folder, `${String((files += 1))}.json`);
      const encode = (_: string, value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value);
      await writeFile(path, typeof content === "string" ? content : JSON.stringify(content, encode));
      return path;
    },
  };
}
