// swift-format-ignore-file
// Tables, a rule to a line.
extension ErrorClassifier {
    /// Stripe: error codes, decline codes and types.
    public static let stripe = ErrorClassifier(preset: [.stripe, .network, .http, .replies, .exceptions, .words], assumedSource: "stripe")
}

extension RuleTable {
    /// Error and decline codes of Stripe. A decline that Stripe advises to try again is retried; all others are final.
    public static let stripe = RuleTable(
        "stripe", of: ["stripe"], codesInText: .anywhere, cite: "https://docs.stripe.com/error-codes", [
            Rule("done already", .duplicate, .treatAsDone, on: "payment_intent_unexpected_state setup_intent_unexpected_state", says: [
                "already succeeded", "already been captured", "already been canceled",
                "cannot cancel*status of canceled", "already canceled", "already been confirmed",
            ]),
            Rule("wrong state", .validation, on: """
                payment_intent_unexpected_state setup_intent_unexpected_state intent_invalid_state \
                payment_method_unexpected_state status_transition_invalid charge_expired_for_capture \
                capture_unauthorized_payment capture_charge_authorization_expired charge_disputed \
                charge_not_refundable refund_disputed_payment invoice_not_editable token_already_used token_in_use \
                invoice_on_behalf_of_not_editable invoice_upcoming_none coupon_expired product_inactive sku_inactive \
                customer_session_expired payout_reconciliation_not_ready sensitive_data_access_expired
                """),
            Rule("captured or refunded already", .duplicate, .treatAsDone, on: """
                charge_already_captured charge_already_refunded payment_method_bank_account_already_verified \
                return_intent_already_processed bank_account_exists
                """),
            Rule("exists", .duplicate, on: "resource_already_exists"),
            Rule("same charge just now", .duplicate, .fail, ambiguous: true, on: "duplicate_transaction",
                cite: "https://docs.stripe.com/declines/codes"),
            Rule("key in use", .conflict, ambiguous: true, on: "idempotency_key_in_use",
                cite: "https://docs.stripe.com/api/idempotent_requests"),
            Rule("object lock", .conflict, on: "lock_timeout", cite: "https://docs.stripe.com/rate-limits#object-lock-timeouts"),
            Rule("key with other parameters", .validation, on: "idempotency_error"),
            Rule("rate", .rateLimited, on: "rate_limit rate_limit_error payment_intent_rate_limit_exceeded card_decline_rate_limit_exceeded"),
            Rule("payout limit", .quotaExhausted, .retryAfter, on: "payouts_limit_exceeded instant_payouts_limit_exceeded"),
            Rule("missing", .notFound, on: "resource_missing no_account"),
            Rule("our balance", .insufficientFunds, .failover, on: "balance_insufficient"),
            Rule("payer's funds", .insufficientFunds, .fail, on: "insufficient_funds",
                cite: "https://docs.stripe.com/declines/codes"),
            Rule("declined, try again", .paymentDeclined, .retry, on: """
                processing_error try_again_later issuer_not_available reenter_transaction approve_with_id
                """, cite: "https://docs.stripe.com/declines/codes"),
            Rule("declined", .paymentDeclined, on: """
                card_declined generic_decline do_not_honor do_not_try_again call_issuer card_not_supported \
                card_velocity_exceeded currency_not_supported expired_card fraudulent incorrect_number incorrect_cvc \
                incorrect_pin incorrect_zip incorrect_address invalid_account invalid_amount invalid_cvc \
                invalid_expiry_month invalid_expiry_year invalid_number invalid_pin lost_card merchant_blacklist \
                new_account_information_available no_action_taken not_permitted offline_pin_required \
                online_or_offline_pin_required pickup_card pin_try_exceeded restricted_card \
                revocation_of_all_authorizations revocation_of_authorization security_violation service_not_allowed \
                stolen_card stop_payment_order testmode_decline transaction_not_allowed \
                withdrawal_count_limit_exceeded authentication_required highest_risk_level elevated_risk_level \
                authentication_not_handled mobile_device_authentication_required previously_declined_do_not_retry
                """, cite: "https://docs.stripe.com/declines/codes"),
            Rule("payment refused", .paymentDeclined, on: """
                bank_account_declined debit_not_authorized payment_method_customer_decline \
                payment_method_provider_decline payment_intent_authentication_failure setup_intent_authentication_failure \
                payment_intent_payment_attempt_failed payment_intent_payment_attempt_expired setup_attempt_failed \
                charge_exceeds_source_limit charge_exceeds_transaction_limit payment_method_bank_account_blocked \
                bank_account_restricted bank_account_unusable india_recurring_payment_mandate_canceled \
                payment_method_microdeposit_failed refer_to_customer payment_intent_action_required \
                invoice_payment_intent_requires_action account_closed \
                payment_intent_konbini_rejected_confirmation_number gift_card_balance_insufficient action_blocked
                """),
            Rule("out of stock", .resourceExhausted, .fail, on: "out_of_inventory customer_max_payment_methods customer_max_subscriptions"),
            Rule("reader busy", .conflict, .retry, on: "terminal_reader_busy"),
            Rule("reader or provider timed out", .timeout, on: """
                terminal_reader_timeout payment_method_provider_timeout forwarding_api_upstream_connection_timeout \
                payment_method_microdeposit_verification_timeout
                """),
            Rule("reader offline", .unavailable, on: "terminal_reader_offline terminal_reader_hardware_fault"),
            Rule("upstream", .unavailable, ambiguous: true, on: """
                forwarding_api_retryable_upstream_error forwarding_api_upstream_connection_error forwarding_api_upstream_error
                """),
            Rule("try later", .unavailable, on: """
                financial_connections_account_pending_account_numbers shipping_calculation_failed taxes_calculation_failed
                """),
            Rule("key expired or wrong", .authentication, on: "api_key_expired platform_api_key_expired secret_key_required authentication_error"),
            Rule("account or key may not", .authorization, on: """
                account_invalid not_allowed_on_standard_account payouts_not_allowed transfers_not_allowed \
                platform_account_required application_fees_not_allowed ownership_declaration_not_allowed request_blocked \
                permission_error progressive_onboarding_limit_exceeded approval_required more_permissions_required \
                insufficient_permissions
                """),
            Rule("account setup", .configuration, on: """
                tls_version_unsupported testmode_charges_only livemode_mismatch alipay_upgrade_required \
                bitcoin_upgrade_required instant_payouts_config_disabled instant_payouts_currency_disabled \
                instant_payouts_unsupported stripe_tax_inactive payment_method_unactivated payment_method_not_available \
                forwarding_api_inactive terminal_location_country_unsupported payment_method_configuration_failures \
                terminal_reader_invalid_location_for_activation account_token_required_for_v2_account
                """),
            Rule("parameters", .validation, on: """
                account_country_invalid_address account_error_country_change_requires_additional_steps \
                account_information_mismatch account_number_invalid acss_debit_session_incomplete amount_too_large \
                amount_too_small balance_invalid_parameter bank_account_bad_routing_numbers bank_account_unverified \
                bank_account_verification_failed billing_invalid_mandate cardholder_phone_number_required \
                charge_invalid_parameter clearing_code_unsupported country_code_invalid country_unsupported \
                customer_tax_location_invalid email_invalid forwarding_api_invalid_parameter invalid_card_type \
                invalid_characters invalid_charge_amount invalid_mandate_reference_prefix_format invalid_source_usage \
                invalid_tax_location invoice_no_customer_line_items invoice_no_payment_method_types \
                invoice_no_subscription_line_items missing mobile_phone_required parameter_* parameters_exclusive \
                payment_intent_incompatible_payment_method payment_intent_invalid_parameter payment_intent_mandate_invalid \
                payment_method_billing_details_address_missing payment_method_currency_mismatch \
                payment_method_invalid_parameter payment_method_invalid_parameter_testmode \
                payment_method_microdeposit_verification_* payment_method_unsupported_type postal_code_invalid \
                routing_number_invalid sepa_unsupported_account setup_intent_* shipping_address_invalid state_unsupported \
                tax_id_invalid terminal_reader_invalid_location_for_payment token_card_network_invalid \
                transfer_source_balance_parameters_mismatch url_invalid financial_connections_* \
                intent_verification_method_missing
                """),
            Rule("external dependency", .unavailable, ambiguous: true, status: only(424)),
            Rule("other declines", .paymentDeclined, status: only(402)),
        ])
}
