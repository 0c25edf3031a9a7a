// Shows the document of this very service, wherever it listens, and asks nobody else.
const response = await fetch("/openapi.json", { headers: { accept: "application/json" } });
const spec = await response.json();
window.SwaggerUIBundle({
  spec: { ...spec, servers: [{ url: window.location.origin }] },
  dom_id: "#docs",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  displayRequestDuration: true,
  tryItOutEnabled: true,
  persistAuthorization: false,
  // Swagger UI would send the document to a validator on the web.
  validatorUrl: null,
});
