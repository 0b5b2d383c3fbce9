"""Names and words for the data of the demo companies, in Portuguese like the data of such companies."""

from __future__ import annotations

FIRST_NAMES = (
    "Ana", "Antônio", "Beatriz", "Caíque", "Cecília", "Conceição", "Davi", "Elói", "Estêvão", "Fátima", "Flávia", "Gonçalo",
    "Helena", "Inês", "João", "José", "Júlia", "Lázaro", "Letícia", "Luís", "Mônica", "Natália", "Otávio", "Patrícia",
    "Raúl", "Rogério", "Sebastião", "Sônia", "Tânia", "Úrsula", "Vânia", "Zélia",
)  # fmt: skip
LAST_NAMES = (
    "Abreu", "Araújo", "Assunção", "Brandão", "Camargo", "Conceição", "Corrêa", "Damião", "Falcão", "Gonçalves", "Guimarães",
    "Leão", "Lourenço", "Magalhães", "Mourão", "Nóbrega", "Peçanha", "Queirós", "Rezende", "Simões", "Souza", "Vasconcelos",
)  # fmt: skip
STREETS = ("Rua das Acácias", "Avenida São João", "Rua Quinze de Novembro", "Travessa do Comércio", "Rua João Pessoa",
           "Alameda dos Ipês", "Rodovia Anhangüera", "Praça da Sé", "Rua Conceição", "Estrada do Sertão")  # fmt: skip
CITIES = (
    ("São Paulo", "SP"), ("Ribeirão Preto", "SP"), ("Belo Horizonte", "MG"), ("Poços de Caldas", "MG"), ("Goiânia", "GO"),
    ("Brasília", "DF"), ("Maringá", "PR"), ("Joinville", "SC"), ("Criciúma", "SC"), ("Caxias do Sul", "RS"),
    ("Bento Gonçalves", "RS"), ("Vitória", "ES"), ("Niterói", "RJ"), ("Feira de Santana", "BA"), ("Maceió", "AL"),
    ("Belém", "PA"),
)  # fmt: skip
BUSINESSES = ("Mercado", "Padaria", "Armazém", "Empório", "Comércio", "Distribuidora", "Construções", "Decorações",
              "Cafeteria", "Irmãos", "Depósito", "Confeitaria")  # fmt: skip
LEGAL_FORMS = ("Ltda.", "S.A.", "ME", "EPP", "Eireli")
UNITS = ("kg", "un", "cx", "m²", "m³", "l", "pç", "sc")
STATES_OF_ORDERS = ("aberto", "faturado", "em produção", "entregue")
PROFILES = ("administrador", "vendas", "produção", "custos")
NOTES = (
    "Só recebe às terças e quintas, até as 16h.",
    "Pedido mínimo de R$ 350,00; frete por conta do cliente.",
    "Atenção: conferir a inscrição estadual antes de faturar.",
    "Condição especial: 28/42/56 dias, combinada com o Sr. Antônio.",
    "Não emitir boleto — pagamento por transferência à vista.",
)
BAKERY = (
    ("Pão de queijo", "Pão francês", "Bolo de fubá", "Brigadeiro", "Sonho de creme", "Broa de milho", "Rosca de coco",
     "Torta de maçã", "Biscoito de polvilho", "Quindim", "Empada de palmito", "Pão de açúcar mascavo"),
    ("Farinha de trigo", "Fermento biológico", "Açúcar cristal", "Manteiga sem sal", "Polvilho azedo", "Queijo meia cura",
     "Leite em pó", "Essência de baunilha", "Coco ralado", "Óleo de girassol", "Embalagem plástica", "Maçã gala"),
    ("Misturar até a massa ficar homogênea.", "Deixar descansar por 40 minutos.",
     "Levar ao forno a 180 °C.", "Resfriar antes de embalar.",
     "Registrar as perdas no fim do turno.", "Conferir a ficha técnica antes da expedição."),
)  # fmt: skip
FURNITURE = (
    ("Cadeira de balanço", "Mesa de jantar", "Armário de cozinha", "Estante", "Cômoda", "Escrivaninha", "Criado-mudo",
     "Banqueta alta", "Poltrona reclinável", "Guarda-roupa", "Aparador", "Cabeceira estofada"),
    ("Chapa de MDF", "Madeira de eucalipto", "Verniz à base d’água", "Dobradiça de pressão", "Corrediça telescópica",
     "Tecido de algodão", "Espuma D33", "Parafuso 4×40", "Cola de contato", "Puxador de latão", "Fita de borda", "Vidro 6 mm"),
    ("Cortar as peças conforme o plano de corte.", "Colar e prensar por 2 horas.",
     "Lixar e aplicar duas demãos de verniz.", "Embalar com proteção nas quinas.",
     "Registrar as perdas no fim do turno.", "Conferir a ficha técnica antes da expedição."),
)  # fmt: skip
CERAMICS = (
    ("Telha colonial", "Tijolo maciço", "Piso rústico", "Azulejo decorado", "Vaso de terracota", "Bloco estrutural",
     "Cumeeira", "Ladrilho hidráulico", "Filtro de barro", "Moringa", "Lajota sextavada", "Elemento vazado"),
    ("Argila vermelha", "Argila branca", "Caulim", "Feldspato", "Esmalte transparente", "Óxido de ferro", "Lenha de eucalipto",
     "Areia lavada", "Engobe", "Pigmento azul", "Palete de madeira", "Filme plástico"),
    ("Extrudar com 22% de umidade.", "Secar à sombra por três dias.",
     "Queimar a 1.050 °C por 6 horas.", "Separar as peças trincadas.",
     "Registrar as perdas no fim do turno.", "Conferir a ficha técnica antes da expedição."),
)  # fmt: skip
FINISHES = ("tradicional", "especial", "extra", "colonial", "rústico", "natural", "clássico", "compacto", "família", "premium")
"""Words after a product's name, so that a few names make thousands."""
