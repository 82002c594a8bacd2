import { expect } from "chai";

import { GroupCommit } from "../../../src/operator/groupCommit.ts";

describe("operator: group commit", () => {
  it("writes what comes together in one transaction, and says so in the same turn", async () => {
    const order: string[] = [];
    const commit = new GroupCommit({
      transaction: (work) => {
        order.push("begin");
        const result = work();
        order.push("commit");
        return result;
      },
    });
    const add = (name: string): Promise<void> =>
      commit.add(
        () => order.push(name),
        () => order.push(`${name} written`),
      );
    await Promise.all([add("a"), add("b")]);
    await add("c");
    expect(order).to.deep.equal([
      ...["begin", "a", "b", "commit", "a written", "b written"],
      ...["begin", "c", "commit", "c written"],
    ]);
  });

  it("a write that fails takes no other with it", async () => {
    const kept: string[] = [];
    const commit = new GroupCommit({
      transaction: (work) => {
        const before = kept.length;
        try {
          return work();
        } catch (error) {
          kept.length = before;
          throw error;
        }
      },
    });
    const add = (name: string): Promise<void> =>
      commit.add(
        () => {
          kept.push(name);
          if (name === "bad") throw new Error("refused");
        },
        () => undefined,
      );
    const results = await Promise.allSettled([add("a"), add("bad"), add("b")]);
    expect(results.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected", "fulfilled"]);
    expect(kept).to.deep.equal(["a", "b"]);
  });
});
