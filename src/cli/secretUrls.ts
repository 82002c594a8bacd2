/** The URLs in a configuration that may hold a secret: with a name and password, a path or a query. */
export function secretUrlsOf(value: unknown): string[] {
  if (typeof value === "string") return isSecret(value) ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(secretUrlsOf);
}

function isSecret(text: string): boolean {
  if (!/^https?:\/\//u.test(text) || !URL.canParse(text)) return false;
  const { username, password, pathname, search } = new URL(text);
  return username + password + search !== "" || pathname.length > 1;
}
