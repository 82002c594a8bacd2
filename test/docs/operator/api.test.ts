import { readFile } from "node:fs/promises";

import { expect } from "chai";

import { API_ERRORS } from "../../../src/api/errorCodes.ts";

describe("docs/operator/api.md", () => {
  it("names every code with its status", async () => {
    const page = await readFile(new URL("../../../docs/operator/api.md", import.meta.url), "utf8");
    const shown = page.split("\n").flatMap((line) => {
      const [, statuses = "", codes = ""] = line.split("|");
      if (!/^ \d{3}[\d, ]*$/.test(statuses)) return [];
      const numbers = statuses.split(",").map(Number);
      return [...codes.matchAll(/`([A-Z_]{4,})`/g)].map(([, code]) => ({ code: code!, numbers }));
    });
    expect(shown.map(({ code }) => code).toSorted()).to.deep.equal(Object.keys(API_ERRORS).toSorted());
    for (const { code, numbers } of shown)
      expect(numbers, code).to.include(API_ERRORS[code as keyof typeof API_ERRORS]);
  });
});
