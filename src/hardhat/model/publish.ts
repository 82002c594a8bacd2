import { isAddress, isHexString, ZeroAddress, ZeroHash } from "ethers";
import JSON5 from "json5";
import { z } from "zod";

import { publishModel } from "../../actions/publishModel.ts";
import { Ground, ModelClass } from "../../protocol/models.ts";
import { amountInput, fileInput, InputError } from "../inputs.ts";
import { modelSource } from "../modelSource.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

const hash = z.string().refine((text): boolean => isHexString(text, 32), "expected 32 bytes in hex");
const address = z.string().refine((text): boolean => isAddress(text), "expected an address");
const member = <Value>(members: Readonly<Record<string, Value>>) => {
  const names = Object.keys(members);
  return z
    .string()
    .refine((name) => names.includes(name), `expected one of: ${names.join(", ")}`)
    .transform((name) => members[name]!);
};

/** A manifest and a policy as people write them. */
const fileSchema = z.strictObject({
  manifest: z.strictObject({
    name: z.string().min(1),
    version: z.string().min(1),
    uri: z.string().default(""),
    class: member(ModelClass),
    artifactHash: hash.optional(),
    specHash: hash.optional(),
    weightsRoot: hash.optional(),
    preprocessHash: hash.optional(),
  }),
  policy: z.strictObject({
    challengeWindow: z.int().positive(),
    minCoverage: z.string(),
    penaltyBps: z.int().nonnegative(),
    grounds: z.array(member(Ground)).min(1),
    courtConfig: z.int().nonnegative().default(0),
    proofVerifier: address.default(ZeroAddress),
    proofKey: hash.default(ZeroHash),
    privateInput: z.boolean().default(false),
    royaltyBps: z.int().nonnegative().default(0),
    royaltyTo: address.default(ZeroAddress),
  }),
});

function parse(path: string, text: string): z.infer<typeof fileSchema> {
  let content: unknown;
  try {
    content = JSON5.parse(text);
  } catch (error) {
    throw new InputError("file", path, `JSON5 (${error instanceof Error ? error.message : String(error)})`);
  }
  const result = fileSchema.safeParse(content);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => `${issue.path.join(".") || "it"}: ${issue.message}`);
  throw new InputError("file", path, `manifest and policy of a model; ${issues.join("; ")}`);
}

const NO_HASHES = { artifactHash: ZeroHash, specHash: ZeroHash, weightsRoot: ZeroHash, preprocessHash: ZeroHash };

export async function publish(
  { signer, deployment, unit, say }: Session,
  { file, source }: { file: string; source?: string },
): Promise<Report> {
  const written = parse(file, await fileInput("file", file));
  if (source !== undefined) say(`reading the model from ${source}`);
  const found = source === undefined ? undefined : await modelSource(source);
  const manifest = { ...NO_HASHES, ...found?.manifest, ...written.manifest };
  const grounds = written.policy.grounds.reduce((mask, ground) => mask | ground, 0);
  const minCoverage = amountInput("policy.minCoverage", written.policy.minCoverage, unit);
  const policy = { ...written.policy, grounds, minCoverage };
  const replays = (grounds & Ground.Replay) !== 0;
  if (replays && found === undefined) {
    throw new InputError(
      "--source",
      source,
      "the model itself: its policy has the ground Replay, so the graph is published",
    );
  }
  const spec = replays ? { spec: found!.model.spec } : {};
  const modelId = await publishModel(signer, deployment, { manifest, policy, ...spec });
  const publisher = await signer.getAddress();
  const { name, version } = manifest;
  return { sentence: `Model ${name} ${version} is published.`, data: { modelId, publisher, name, version } };
}
