/** Ids of what an action made or changed. */
export interface Receipt {
  orderId: string;
  subscriptionId: string;
  /** Of the payment, where the action is about one. */
  invoiceId?: string;
}
