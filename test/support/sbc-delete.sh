# The vendor's sample for curl, word for word.
curl -X DELETE \
    --header "Accept: application/xml" \
    --header "Authorization: Bearer $TOKEN" \
    "https://${SBCIP}/rest/v1.1/configuration/configElements?elementType=access-control&realm-id=core&source-address=10.4.4.0/24&application-protocol=SIP&transport-protocol=TCP"
