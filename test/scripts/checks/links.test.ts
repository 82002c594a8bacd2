import { expect } from "chai";

import { anchorsOf, linksOf } from "../../../scripts/checks/links.ts";

describe("links of Markdown files", function () {
  it("anchorsOf follows GitHub: lower case, punctuation dropped, repeated headings numbered, fences ignored", function () {
    const markdown =
      "# The `check` function, *fast*\n## Costs & gas\n## Costs & gas\n```\n# no heading\n```\n## [Linked](x.md)";
    expect([...anchorsOf(markdown)]).to.deep.equal(["the-check-function-fast", "costs--gas", "costs--gas-1", "linked"]);
  });

  it("linksOf finds links, images, references and HTML, and nothing in code", function () {
    const markdown =
      '[a](one.md) ![b](two.png "title") [c][ref]\n\n[ref]: three.md#x\n<img src="four.svg">\n`[no](code.md)`\n```\n[no](fence.md)\n```\n';
    expect(linksOf(markdown)).to.have.members(["one.md", "two.png", "three.md#x", "four.svg"]);
  });
});
