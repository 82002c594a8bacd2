import { readModel } from "../../actions/readModel.ts";
import type { ModelId } from "../../protocol/ids.ts";
import { Ground, ModelClass } from "../../protocol/models.ts";
import { Amount, Time } from "../cells.ts";
import { idInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { ReadingSession } from "../session.ts";
import { nameOf } from "../words.ts";

export async function show(
  { provider, deployment, fromBlock }: ReadingSession,
  { model }: { model: string },
): Promise<Report> {
  const modelId = idInput<ModelId>("model", model);
  const { publisher, manifest, policy, spec, deprecatedAt } = await readModel(provider, deployment, {
    modelId,
    fromBlock,
  });
  const grounds = Object.entries(Ground)
    .filter(([, bit]) => (policy.grounds & bit) !== 0)
    .map(([name]) => name);
  return {
    sentence: `Model ${manifest.name} ${manifest.version}`,
    data: {
      modelId,
      publisher,
      manifest: { ...manifest, class: nameOf(ModelClass, manifest.class) },
      policy: { ...policy, grounds, minCoverage: new Amount(policy.minCoverage) },
      ops: spec?.ops.length,
      deprecatedAt: deprecatedAt === 0 ? undefined : new Time(deprecatedAt),
    },
  };
}
