/** `npm run openapi`: writes openapi.yaml beside package.json. */
import { readFileSync, writeFileSync } from "node:fs";
import { assembleDocument } from "./document.ts";
import { endpoints } from "./endpoints.ts";

const root = new URL("../", import.meta.url);
const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };

writeFileSync(new URL("openapi.yaml", root), assembleDocument(endpoints, version).yaml);
