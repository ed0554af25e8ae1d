// This file is generated from openapi.yaml by `npm run generate`. Do not edit it.
import type * as api from '../sdk/types.gen.ts';

/** What the contract says of each operation: its input, its results by status, and the schemes that guard it. */
export interface Operations {
  getAuthSession: {
    data: api.GetAuthSessionData;
    responses: api.GetAuthSessionResponses;
    errors: api.GetAuthSessionErrors;
    security: { bearerAuth: true };
  };
  startPluginLogin: {
    data: api.StartPluginLoginData;
    responses: api.StartPluginLoginResponses;
    errors: api.StartPluginLoginErrors;
    security: Record<never, never>;
  };
  pollPluginLogin: {
    data: api.PollPluginLoginData;
    responses: api.PollPluginLoginResponses;
    errors: api.PollPluginLoginErrors;
    security: Record<never, never>;
  };
  completePluginLogin: {
    data: api.CompletePluginLoginData;
    responses: api.CompletePluginLoginResponses;
    errors: api.CompletePluginLoginErrors;
    security: { pluginLoginAuth: true };
  };
  refreshAuth: {
    data: api.RefreshAuthData;
    responses: api.RefreshAuthResponses;
    errors: api.RefreshAuthErrors;
    security: Record<never, never>;
  };
  logout: {
    data: api.LogoutData;
    responses: api.LogoutResponses;
    errors: api.LogoutErrors;
    security: { bearerAuth: true };
  };
  startRelay: {
    data: api.StartRelayData;
    responses: api.StartRelayResponses;
    errors: api.StartRelayErrors;
    security: { bearerAuth: true };
  };
  getActiveRelay: {
    data: api.GetActiveRelayData;
    responses: api.GetActiveRelayResponses & { 304: void };
    errors: api.GetActiveRelayErrors;
    security: { bearerAuth: true };
  };
  getRelaySession: {
    data: api.GetRelaySessionData;
    responses: api.GetRelaySessionResponses;
    errors: api.GetRelaySessionErrors;
    security: { bearerAuth: true };
  };
  stopRelay: {
    data: api.StopRelayData;
    responses: api.StopRelayResponses;
    errors: api.StopRelayErrors;
    security: { bearerAuth: true };
  };
  migrateRelay: {
    data: api.MigrateRelayData;
    responses: api.MigrateRelayResponses;
    errors: api.MigrateRelayErrors;
    security: { bearerAuth: true };
  };
  reportRelayHealth: {
    data: api.ReportRelayHealthData;
    responses: api.ReportRelayHealthResponses;
    errors: api.ReportRelayHealthErrors;
    security: { relayAuth?: true; bearerAuth?: true };
  };
  getRelayManifest: {
    data: api.GetRelayManifestData;
    responses: api.GetRelayManifestResponses;
    errors: api.GetRelayManifestErrors;
    security: { bearerAuth: true };
  };
  getCurrentUsage: {
    data: api.GetCurrentUsageData;
    responses: api.GetCurrentUsageResponses;
    errors: api.GetCurrentUsageErrors;
    security: { bearerAuth: true };
  };
  listUsageSessions: {
    data: api.ListUsageSessionsData;
    responses: api.ListUsageSessionsResponses;
    errors: api.ListUsageSessionsErrors;
    security: { bearerAuth: true };
  };
  listStreamSlots: {
    data: api.ListStreamSlotsData;
    responses: api.ListStreamSlotsResponses;
    errors: api.ListStreamSlotsErrors;
    security: { bearerAuth: true };
  };
  renameStreamSlot: {
    data: api.RenameStreamSlotData;
    responses: api.RenameStreamSlotResponses;
    errors: api.RenameStreamSlotErrors;
    security: { bearerAuth: true };
  };
  regenerateStreamToken: {
    data: api.RegenerateStreamTokenData;
    responses: api.RegenerateStreamTokenResponses;
    errors: api.RegenerateStreamTokenErrors;
    security: { bearerAuth: true };
  };
  createCheckout: {
    data: api.CreateCheckoutData;
    responses: api.CreateCheckoutResponses;
    errors: api.CreateCheckoutErrors;
    security: { bearerAuth: true };
  };
  receiveBillingWebhook: {
    data: api.ReceiveBillingWebhookData;
    responses: api.ReceiveBillingWebhookResponses;
    errors: api.ReceiveBillingWebhookErrors;
    security: { webhookSignature: true };
  };
  getCapacityStatus: {
    data: api.GetCapacityStatusData;
    responses: api.GetCapacityStatusResponses;
    errors: api.GetCapacityStatusErrors;
    security: Record<never, never>;
  };
}
