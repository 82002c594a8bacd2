/**
 * `npm run check:links`: every relative link of our Markdown files leads to a file that exists, and every anchor to a
 * heading of it. Links to other sites are not followed.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { posix } from "node:path";

/** Markdown without code, in which nothing is a link. */
function prose(markdown: string): string {
  return markdown.replace(/^(`{3,}|~{3,})[^]*?^\1/gm, "").replace(/`[^`\n]*`/g, "");
}

/** Anchors that GitHub gives the headings of a Markdown text, and those set by hand. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  const withoutFences = markdown.replace(/^(`{3,}|~{3,})[^]*?^\1/gm, "");
  for (const [, heading = ""] of withoutFences.matchAll(/^#{1,6}\s+(.*?)\s*#*$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, "")
      .replaceAll(" ", "-");
    let unique = slug;
    for (let n = 1; anchors.has(unique); n++) unique = `${slug}-${String(n)}`;
    anchors.add(unique);
  }
  for (const [, id = ""] of withoutFences.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}

/** Targets of the links and images of a Markdown text. */
export function linksOf(markdown: string): string[] {
  const text = prose(markdown);
  const inline = [...text.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)];
  const references = [...text.matchAll(/^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s+"[^"]*")?$/gm)];
  const html = [...text.matchAll(/<(?:a|img)\s[^>]*?(?:href|src)="([^"]+)"/g)];
  return [...inline, ...references, ...html].map((match) => match[1] ?? "");
}

/** Why a link of the file at `from` is dead, or undefined when it is not. */
function deadLink(from: string, link: string): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(link)) return undefined;
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? from : posix.join(posix.dirname(from), decodeURIComponent(path));
  if (path.startsWith("/") || target.startsWith("..")) return "leads out of the repository";
  if (!existsSync(target)) return "does not exist";
  const isText = target.endsWith(".md") && statSync(target).isFile();
  if (anchor !== undefined && isText && !anchorsOf(readFileSync(target, "utf8")).has(decodeURIComponent(anchor))) {
    return `has no heading "#${anchor}"`;
  }
  return undefined;
}

if (import.meta.main) {
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", "*.md"], {
    encoding: "utf8",
  })
    .split("\n")
    .filter((path) => path !== "" && existsSync(path));
  let links = 0;
  for (const file of files) {
    for (const link of linksOf(readFileSync(file, "utf8"))) {
      links++;
      const reason = deadLink(file, link);
      if (reason !== undefined) {
        console.error(`${file}: "${link}" ${reason}`);
        process.exitCode = 1;
      }
    }
  }
  console.log(`${String(links)} links in ${String(files.length)} files`);
}
