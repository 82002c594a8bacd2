import { expect } from "chai";

import { errorsOf, rowsOf } from "../../../scripts/checks/errors.ts";

describe("custom errors on docs/errors.md", function () {
  it("errorsOf finds each declaration with the names of its arguments, and nothing in comments", function () {
    const source =
      "contract C {\n  error Plain();\n  error Two(address account,\n    uint256 actual);\n  // error Gone();\n  /* error Old(); */\n}";
    expect(errorsOf(source)).to.deep.equal(["Plain()", "Two(account, actual)"]);
  });

  it("rowsOf gives the first cells of each section", function () {
    const page =
      "# Errors\n\n## A\n\n| error | why |\n| --- | --- |\n| `X(a)` | see `Y()` |\n\n## B\n\n| `Z()` | why |\n";
    expect([...rowsOf(page)]).to.deep.equal([
      ["A", ["X(a)"]],
      ["B", ["Z()"]],
    ]);
  });
});
