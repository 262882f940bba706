import os
sbcip, token = os.environ["SBCIP"], os.environ["TOKEN"]

# The vendor's sample for Python, word for word.
import requests
headers = { "Accept":"application/xml", "Authorization":"Bearer " + token }
url  = "https://" + sbcip + "/rest/v1.1/configuration/configElements?elementType=access-control&realm-id=core&source-address=10.4.4.0/24&application-protocol=SIP&transport-protocol=TCP"
resp = requests.delete(url, headers=headers)

print(resp.text)
print(resp.status_code, resp.headers["Content-Type"])
