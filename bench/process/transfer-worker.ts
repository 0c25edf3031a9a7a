import { serve } from "../../gpu/process/serve.ts";

export type TransferMethods = {
  swallow: { params: Float32Array; result: number };
  produce: { params: number; result: Float32Array };
};

serve<TransferMethods>({
  swallow: (values) => values.length,
  produce: (length) => new Float32Array(length),
});
