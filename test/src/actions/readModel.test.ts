import { expect } from "chai";
import { Log, id, type Filter } from "ethers";
import { network } from "hardhat";

import { deprecateModel } from "../../../src/actions/deprecateModel.ts";
import { publishModel } from "../../../src/actions/publishModel.ts";
import { readModel } from "../../../src/actions/readModel.ts";
import { FatalError } from "../../../src/errors.ts";
import { ContractError } from "../../../src/protocol/errors.ts";
import type { ModelId } from "../../../src/protocol/ids.ts";
import { Ground } from "../../../src/protocol/models.ts";
import { MANIFEST, POLICY, SPEC, operate } from "../../setup/operation.ts";
import { refusalOf } from "../../setup/refusal.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { provider } = ethers;
const NO_HASH = ethers.ZeroHash;

describe("actions: readModel", () => {
  it("reads a model with its graph, until it is deprecated by its publisher", async () => {
    const o = await networkHelpers.loadFixture(operate);
    const { deployment, publisher, stranger, modelId, operator } = o;
    const published = { modelId, publisher: publisher.address, manifest: MANIFEST, policy: POLICY, spec: SPEC };
    expect(await readModel(provider, deployment, { modelId })).to.deep.equal({ ...published, deprecatedAt: 0 });
    const foreign = await refusalOf(deprecateModel(stranger, deployment, { modelId }), ContractError);
    expect(foreign.code).to.equal("NotPublisher");

    const deprecatedAt = await deprecateModel(publisher, deployment, { modelId });

    expect(deprecatedAt).to.equal(await o.now());
    expect(await readModel(provider, deployment, { modelId })).to.deep.equal({ ...published, deprecatedAt });
    const twice = await refusalOf(deprecateModel(publisher, deployment, { modelId }), ContractError);
    expect(twice.code).to.equal("ModelDeprecated");
    const batch = o.batch([await o.receipt(0)]);
    await expect(o.protocol.attestations.connect(operator).anchor(batch, "0x")).to.be.revertedWithCustomError(
      o.protocol.models,
      "ModelDeprecated",
    );
  });

  it("reads a model that token holders judge, which has no graph", async () => {
    const { deployment, publisher } = await networkHelpers.loadFixture(operate);
    const manifest = { ...MANIFEST, specHash: NO_HASH, weightsRoot: NO_HASH };
    const policy = { ...POLICY, penaltyBps: 20_000, grounds: Ground.Judgement, courtConfig: 1 };
    const modelId = await publishModel(publisher, deployment, { manifest, policy });
    const expected = { modelId, publisher: publisher.address, manifest, policy, spec: undefined, deprecatedAt: 0 };
    expect(await readModel(provider, deployment, { modelId })).to.deep.equal(expected);
  });

  it("refuses a model that nobody published, one published before, and one of a node that lies", async () => {
    const { deployment, modelId } = await networkHelpers.loadFixture(operate);
    const nothing = await refusalOf(readModel(provider, deployment, { modelId: id("none") as ModelId }), ContractError);
    expect(nothing.code).to.equal("ModelUnknown");
    await networkHelpers.mine();
    const fromBlock = await provider.getBlockNumber();
    const later = await refusalOf(readModel(provider, deployment, { modelId, fromBlock }), FatalError);
    expect(later.message).to.equal(
      `expected event ModelPublished of ${modelId} from block ${fromBlock} on, found none`,
    );

    const getLogs = async (filter: Filter): Promise<Log[]> => {
      const [name, other] = [MANIFEST.name, "best-model"].map((text) => Buffer.from(text).toString("hex"));
      const logs = await provider.getLogs(filter);
      return logs.map((log) => new Log({ ...log.toJSON(), data: log.data.replace(name!, other!) } as Log, provider));
    };
    const lying: typeof provider = new Proxy(provider, {
      get(target, name): unknown {
        if (name === "getLogs") return getLogs;
        if (name === "provider") return lying;
        const member: unknown = Reflect.get(target, name);
        return typeof member === "function" ? (member.bind(target) as unknown) : member;
      },
    });
    const lie = await refusalOf(readModel(lying, deployment, { modelId }), FatalError);
    expect(lie.code).to.equal("MODEL_MISMATCH");
    expect(lie.message)
      .to.match(/^what the node gives has id 0x\w{64}, expected 0x/)
      .and.to.include(modelId);
  });
});
