// Node-RED without its editor: the flow, in memory, quiet.
module.exports = {
  uiHost: '127.0.0.1',
  uiPort: Number(process.env.PORT),
  flowFile: process.env.FLOW,
  httpAdminRoot: false,
  disableEditor: true,
  apiMaxLength: '32mb',
  credentialSecret: false,
  diagnostics: { enabled: false },
  telemetry: { enabled: false },
  contextStorage: { default: { module: 'memory' } },
  logging: { console: { level: 'warn', metrics: false, audit: false } },
};
