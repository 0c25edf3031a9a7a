import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: "./src/curriculum/schema/*.ts",
  out: "./migrations",
  strict: true,
});
