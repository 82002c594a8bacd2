import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { expect } from "chai";
import { network } from "hardhat";

import { verifyPackagedSources } from "../../../src/deployment/packagedVerification.ts";
import { runDeployment } from "../../../src/deployment/run.ts";
import { verifySources } from "../../../src/deployment/verification.ts";
import { localhostParameters } from "../../setup/fixture.ts";
import { createTarget } from "../../setup/target.ts";

const CHAIN_ID = 424_242; // not one that hardhat-verify takes for a local chain

describe("verifySources", function () {
  it("sends the explorer what each creation was made of, and reports what it refuses", async function () {
    const requests: URLSearchParams[] = [];
    let refused = "";
    // Etherscan's answers, as far as hardhat-verify reads them.
    const explorer = createServer((request, response) => {
      void text(request).then((body) => {
        const query = new URL(request.url!, "http://explorer").searchParams;
        const form = new URLSearchParams(body);
        const action = query.get("action") ?? form.get("action");
        let answer = { status: "0", message: "NOTOK", result: "Contract source code not verified" };
        if (action === "verifysourcecode") {
          requests.push(form);
          const isRefused = form.get("contractaddress") === refused;
          answer = isRefused
            ? { status: "0", message: "NOTOK", result: "Invalid API Key" }
            : { status: "1", message: "OK", result: "guid" };
        } else if (action === "checkverifystatus") answer = { status: "1", message: "OK", result: "Pass - Verified" };
        response.end(JSON.stringify(answer));
      });
    });
    explorer.listen(0, "127.0.0.1");
    await once(explorer, "listening");
    const explorerUrl = `http://127.0.0.1:${String((explorer.address() as AddressInfo).port)}`;
    const chain = await network.createServer({ network: "default", override: { chainId: CHAIN_ID } }, "127.0.0.1");
    const { address, port } = await chain.listen();
    const directory = await mkdtemp(join(tmpdir(), "credence-verification-"));
    const target = await createTarget(`http://${address}:${String(port)}`, directory, {
      verify: { etherscan: { apiKey: "key" } },
      chainDescriptors: {
        [CHAIN_ID]: {
          name: "test",
          blockExplorers: { etherscan: { name: "explorer", url: explorerUrl, apiUrl: explorerUrl } },
        },
      },
    });
    try {
      const book = await runDeployment(target, await localhostParameters());
      expect(await verifySources(() => target.hre, book)).to.deep.equal([]);
      expect(requests).to.have.length(book.creations.length);
      for (const [index, { contract, address: created, transaction }] of book.creations.entries()) {
        const form = requests[index]!;
        expect(form.get("contractaddress")).to.equal(created);
        expect(form.get("contractname")).to.match(new RegExp(`${contract.split(":")[1]!}$`));
        expect(form.get("compilerversion")).to.equal(`v${book.compiler.version}`);
        const input = JSON.parse(form.get("sourceCode")!) as { settings: Record<string, unknown> };
        expect(input.settings).to.deep.include({ evmVersion: "cancun", viaIR: true });
        const { bytecode } = await target.hre.artifacts.readArtifact(contract);
        const { data } = (await target.connection.ethers.provider.getTransaction(transaction))!;
        expect(bytecode + (form.get("constructorArguments") ?? "")).to.equal(data);
      }

      // The same, from what the package ships, whatever the project has compiled.
      requests.length = 0;
      expect(await verifyPackagedSources(target.hre, book)).to.deep.equal([]);
      expect(requests.map((form) => form.get("contractaddress"))).to.deep.equal(book.creations.map((c) => c.address));
      for (const form of requests) {
        const input = JSON.parse(form.get("sourceCode")!) as { settings: Record<string, unknown> };
        expect(input.settings).to.deep.include({ evmVersion: "cancun", viaIR: true });
        expect(form.get("compilerversion")).to.equal(`v${book.compiler.version}`);
      }

      refused = book.addresses.vault;
      const failures = await verifySources(() => target.hre, book);
      expect(failures).to.have.length(1);
      expect(failures[0]).to.contain(refused);
    } finally {
      await target.connection.close();
      await chain.close();
      explorer.close();
      await rm(directory, { recursive: true });
    }
  });
});
