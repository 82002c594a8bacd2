/** The plugin's part of hardhat.config.ts. */
import { isAddress } from "ethers";
import type { ConfigHooks } from "hardhat/types/hooks";
import { z } from "zod";

import { perContract, type Deployment } from "../protocol/deployment.ts";

/** What a project says of the deployments that it uses. */
export type CredenceUserConfig = {
  /**
   * By name of the network: path of an address book, from the project's root, or the addresses themselves. A network that is
   * not named has the address book that `credence deploy` wrote, deployments/<network>.json.
   */
  readonly deployments?: Readonly<Record<string, string | Deployment>>;
};

/** What tasks read. */
export type CredenceConfig = Required<CredenceUserConfig>;

// Hardhat's types are interfaces so that plugins can add to them.
/* eslint-disable @typescript-eslint/consistent-type-definitions */
declare module "hardhat/types/config" {
  interface HardhatUserConfig {
    credence?: CredenceUserConfig;
  }
  interface HardhatConfig {
    credence: CredenceConfig;
  }
}
/* eslint-enable @typescript-eslint/consistent-type-definitions */

const address = z.string().refine(isAddress, { error: ({ input }) => `expected an address, got ${String(input)}` });
const deploymentSchema = z.object(perContract(address));

const userConfigSchema = z.strictObject({
  deployments: z.record(z.string(), z.union([z.string().min(1), deploymentSchema])).optional(),
});

/** Every problem with the addresses of a deployment is named, instead of "no member of a union". */
function problemsOf(config: unknown): { path: (string | number)[]; message: string }[] {
  const result = userConfigSchema.safeParse(config);
  if (result.success) return [];
  return result.error.issues.flatMap((issue) => {
    const nested = issue.code === "invalid_union" ? issue.errors.at(-1)! : [issue];
    const parent = issue.code === "invalid_union" ? issue.path : [];
    return nested.map(({ path, message }) => ({ path: [...parent, ...path].map(String), message }));
  });
}

/** Checks and fills in what the project says under `credence`. */
export async function configHooks(): Promise<Partial<ConfigHooks>> {
  return {
    validateUserConfig: async ({ credence }) =>
      credence === undefined
        ? []
        : problemsOf(credence).map(({ path, message }) => ({ path: ["credence", ...path], message })),
    resolveUserConfig: async (userConfig, resolveVariable, next) => ({
      ...(await next(userConfig, resolveVariable)),
      credence: { deployments: userConfig.credence?.deployments ?? {} },
    }),
  };
}
