import { deprecateModel } from "../../actions/deprecateModel.ts";
import type { ModelId } from "../../protocol/ids.ts";
import { Time } from "../cells.ts";
import { idInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function deprecate({ signer, deployment }: Session, { model }: { model: string }): Promise<Report> {
  const modelId = idInput<ModelId>("model", model);
  const deprecatedAt = await deprecateModel(signer, deployment, { modelId });
  return {
    sentence: "The model takes no new batches.",
    data: { modelId, deprecatedAt: new Time(deprecatedAt) },
  };
}
